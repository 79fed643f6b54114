"""The report of a test of TLS as text, for a terminal of a hundred columns.

In: the values of `linkerd.cli.tls_report` and `linkerd.cli.tls_servers`. Out: lines. `style` marks
parts of them: `head`, `good`, `bad`, `quiet`. Pure.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, TypeAlias

from linkerd.catalogue import CATALOGUE
from linkerd.name.wording import counted
from linkerd.tls.described import DAY_S, listed, span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Json: TypeAlias = "dict[str, Any]"
Style: TypeAlias = "Callable[[str, str], str]"

WIDTH = 100
SOON_DAYS = 21
"""So many days before its end a certificate is said to end soon."""


def report_text(shown: Json, style: Style) -> str:
    """Write the report of a router."""
    return "\n".join(_report(shown, style))


def servers_text(shown: Json, style: Style) -> str:
    """Write what the servers of a router present."""
    return "\n".join(_servers(shown, style))


def _report(shown: Json, style: Style) -> Iterator[str]:
    yield _row("router", shown["router"] + _at(shown["where"], style), style)
    yield _row("name", shown["name"] or style("none", "bad"), style)
    for client in shown["clients"]:
        yield from _client(client, style)
    yield ""
    yield from _verdict(shown, style)


def _client(client: Json, style: Style) -> Iterator[str]:
    yield ""
    count = client["count"]
    tried = len(client["endpoints"])
    facts = counted(count, "endpoint")
    if 0 < tried < count:
        facts += f", the first {tried} of them are tried"
    yield _row("client", client["client"] + "  " + style(facts, "quiet"), style)
    tls = client["tls"]
    if tls is None or not tls["enabled"]:
        yield _row("tls", _plain(tls, style), style)
        return
    yield _row("tls", tls["where"], style)
    yield from _rules(tls, style)
    if client["why"]:
        yield from _trouble(client, style, _INDENT)
    for endpoint in client["endpoints"]:
        yield ""
        yield from _endpoint(endpoint, tls, style)


def _plain(tls: Json | None, style: Style) -> str:
    said = "none: the proxy speaks plain text with these endpoints"
    if tls is not None:
        said = "switched off, `enabled: false`: plain text is spoken with these endpoints"
    return style(said, "bad") + (_at(tls["where"], style) if tls is not None else "")


def _rules(tls: Json, style: Style) -> Iterator[str]:
    """What is asked of endpoints, and where that is written."""
    if not tls["validation"]:
        said = style("nothing is verified, anybody may pose as these endpoints", "bad")
        yield _row("  asks for", said + _at(tls["validationWhere"], style), style)
    else:
        name = tls["serverName"] or style("no name can be made", "bad")
        written = tls["commonName"]
        of = "" if written == tls["serverName"] else f", made of {written!r}"
        yield _row("  asks for", name + of + _at(tls["commonNameWhere"], style), style)
        trust = ", ".join(tls["trust"])
        place = _at(tls["trustWhere"], style) if trust else ""
        yield _row("  trusts", (trust or "what the system trusts") + place, style)
    own = tls["clientAuth"]
    said = f"{own['subject']}, {_left(own)}" if own is not None else "nothing, without `clientAuth`"
    place = _at(own["where"], style) if own is not None else ""
    yield _row("  can show", said + place, style)


def _endpoint(shown: Json, tls: Json, style: Style) -> Iterator[str]:
    soon = [each for each in shown["certificates"] if each["daysLeft"] < SOON_DAYS]
    word = style(f"{'no TLS' if shown['kind'] else 'no connection'}: {shown['code']}", "bad")
    if shown["ok"]:
        word = style("ok", "good")
        if not tls["validation"]:
            word += style(", but nothing was verified", "bad")
        elif soon:
            word += style(f", but a certificate ends soon: {_left(soon[0])}", "bad")
    yield f"{style(shown['address'], 'head')}  {word}"
    if not shown["ok"]:
        yield from _trouble(shown, style, "  ")
    if shown["version"]:
        facts = [shown["version"], shown["cipher"]]
        facts.append(f"ALPN {shown['alpn']}" if shown["alpn"] else "no ALPN")
        yield _row("  speaks", ", ".join([*facts, f"{shown['handshakeMs']:g} ms"]), style)
    if shown["ok"]:
        name = tls["serverName"] if tls["sni"] else None
        yield _row("  was asked", f"for {name} (SNI)" if name else "for no name (no SNI)", style)
    for number, certificate in enumerate(shown["certificates"]):
        yield from _certificate("showed" if number == 0 else "and", certificate, style)
    if shown["ok"]:
        yield from _after(shown, tls, style)


def _certificate(word: str, shown: Json, style: Style) -> Iterator[str]:
    yield _row(f"  {word}", shown["subject"], style)
    names = listed(shown["names"])
    if names:
        yield _row("", f"for {names}", style)
    yield _row("", f"issued by {shown['issuer']}", style)
    dates = f"from {_moment(shown['notBefore'])} to {_moment(shown['notAfter'])}: {_left(shown)}"
    yield _row("", style(dates, "bad") if shown["daysLeft"] < SOON_DAYS else dates, style)


def _after(shown: Json, tls: Json, style: Style) -> Iterator[str]:
    if shown["trustedThrough"]:
        yield _row("  trusted by", shown["trustedThrough"], style)
    own = tls["clientAuth"]
    if shown["asksForCertificate"]:
        said = (
            f"for a certificate, and was shown {own['subject']}"
            if own
            else ("for a certificate, was shown none, and does without")
        )
        yield _row("  asked us", said, style)
    elif shown["asksForCertificate"] is False:
        yield _row("  asked us", "for no certificate", style)
    ticket = shown["resumableS"]
    said = f"can be resumed for {span(ticket)}" if ticket is not None else "cannot be resumed"
    yield _row("  session", said, style)


def _trouble(shown: Json, style: Style, indent: str) -> Iterator[str]:
    yield from textwrap.wrap(
        shown["why"],
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    if not shown.get("kind"):
        # What a failed handshake says has its advice in it.
        yield indent + style(CATALOGUE[shown["code"]].next_step, "quiet")


def _verdict(shown: Json, style: Style) -> Iterator[str]:
    if not shown["routed"]:
        said = style(f"no endpoint is asked: {shown['code']}", "bad")
        yield _row("verdict", said, style)
        yield from textwrap.wrap(shown["why"] or "", WIDTH, initial_indent=_INDENT)
        yield _INDENT + "`linkerd explain` shows why"
    elif shown["ok"]:
        yield _row("verdict", style("ok", "good"), style)
    else:
        yield _row("verdict", style("; ".join(_faults(shown)), "bad"), style)


def _faults(shown: Json) -> Iterator[str]:
    """In a few words, what is not well."""
    clients = shown["clients"]
    plain = [each for each in clients if each["tls"] is None or not each["tls"]["enabled"]]
    if plain:
        yield "plain text, no TLS to test"
    if any(each["why"] for each in clients):
        yield "no name to ask for"
    endpoints = [endpoint for each in clients for endpoint in each["endpoints"]]
    refused = sum(bool(each["kind"]) for each in endpoints)
    if refused:
        yield f"no TLS with {refused} of {counted(len(endpoints), 'endpoint')}"
    lost = sum(not each["ok"] and not each["kind"] for each in endpoints)
    if lost:
        yield f"no connection to {lost} of {counted(len(endpoints), 'endpoint')}"
    secured = [each for each in clients if each not in plain and not each["why"]]
    if not clients or any(not each["endpoints"] for each in secured):
        yield "no endpoint to ask"


def _servers(shown: Json, style: Style) -> Iterator[str]:
    yield _row("router", shown["router"] + _at(shown["where"], style), style)
    for server in shown["servers"]:
        tls = server["tls"]
        yield ""
        if tls is None:
            yield f"{style(server['address'], 'head')}  plain text, without `tls`"
            continue
        word = style("permissive: plain text, too", "bad")
        yield f"{style(server['address'], 'head')}  {'TLS' if tls['mode'] == 'strict' else word}"
        yield _row("  speaks", ", ".join(tls["versions"]), style)
        for certificate in tls["certificates"]:
            yield from _certificate("shows", certificate, style)
            yield _row("", certificate["file"] + _at(certificate["where"], style), style)
        trust = tls["clientTrust"]
        asks = f"for a certificate from {trust}" if trust else "for no certificate"
        yield _row("  asks", asks, style)
        for said in [*server["faults"], *server["warnings"]]:
            yield "  " + style(said, "bad")
    yield ""
    faults = sum(len(each["faults"]) for each in shown["servers"])
    said = style("ok", "good") if not faults else style(counted(faults, "fault"), "bad")
    yield _row("verdict", said, style)


_INDENT = " " * 14


def _row(word: str, text: str, style: Style) -> str:
    return f"{style(word, 'head')}{_INDENT[len(word) :]}{text}"


def _at(where: str | None, style: Style) -> str:
    return style(f"  {where}", "quiet") if where else ""


def _left(shown: Json) -> str:
    """How long a certificate still holds."""
    if shown["fault"]:
        return str(shown["fault"])
    return f"{span(shown['daysLeft'] * DAY_S)} left"


def _moment(iso: str) -> str:
    return iso[:10]


__all__ = ["report_text", "servers_text"]

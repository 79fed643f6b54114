"""resolv.conf(5): which name servers to ask, how, and what a relative name may stand for.

In: the text of the file. Out: a `ResolvConf`, and the full names to try for a name, in order, as
glibc tries them. Pure.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, NamedTuple

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

DNS_PORT = 53
MAX_SERVERS = 3
MAX_NAME = 253


class Server(NamedTuple):
    """A name server; `host` is an address literal."""

    host: str
    port: int = DNS_PORT

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@attrs.frozen
class ResolvConf:
    """How to ask.

    A server that is silent for `timeout_s` is passed over, and all are tried `attempts` times.
    Where the file says nothing of these, 2 s and 3 times are less patient than glibc's 5 s and 2:
    requests wait for the first answer. `rotate` begins with any server, `ipv6` asks for AAAA, too.
    """

    servers: tuple[Server, ...] = (Server("127.0.0.1"),)
    search: tuple[str, ...] = ()
    ndots: int = 1
    timeout_s: float = 2.0
    attempts: int = 3
    rotate: bool = False
    ipv6: bool = True


def server_of(text: str) -> Server | None:
    """Read an address, or `[address]:port` as OpenBSD writes it; None if the text is neither."""
    host, port = text, str(DNS_PORT)
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or port
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return None
    return Server(host, int(port))


def read_resolv_conf(text: str, hostname: str) -> ResolvConf:
    """Read the file; lines that make no sense are passed over, as the C library does.

    Without `search` and `domain`, relative names are looked for in the domain of `hostname`.
    """
    servers: list[Server] = []
    options: dict[str, str] = {}
    search = [hostname.partition(".")[2]]
    for keyword, values in _lines(text):
        if keyword == "nameserver":
            server = server_of(values[0])
            servers += [server] if server is not None else []
        elif keyword == "search":
            search = values
        elif keyword == "domain":
            search = values[:1]
        elif keyword == "options":
            pairs = (value.partition(":") for value in values)
            options.update({name: number for name, _, number in pairs})
    usual = ResolvConf()
    return ResolvConf(
        tuple(servers[:MAX_SERVERS]) or usual.servers,
        tuple(suffix.strip(".") for suffix in search if suffix),
        _number(options, "ndots", usual.ndots, 0, 15),
        _number(options, "timeout", int(usual.timeout_s), 1, 30),
        _number(options, "attempts", usual.attempts, 1, 5),
        "rotate" in options,
        "no-aaaa" not in options,
    )


def _lines(text: str) -> Iterator[tuple[str, list[str]]]:
    """Give keyword and values of each line; what begins a comment is no keyword."""
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1:
            yield words[0], words[1:]


def _number(options: dict[str, str], name: str, usual: int, least: int, most: int) -> int:
    text = options.get(name, "")
    if not (text.isascii() and text.isdigit()):
        return usual
    return max(least, min(int(text[:9]), most))


def candidates(name: str, conf: ResolvConf) -> tuple[str, ...]:
    """Give the full names, without the last dot, that `name` may stand for, in order.

    A name that ends in a dot is full. One with at least `ndots` dots is tried as it is before the
    search list, any other after it.
    """
    if name.endswith("."):
        return (name[:-1],)
    searched = [f"{name}.{suffix}" if suffix else name for suffix in conf.search]
    first = name.count(".") >= conf.ndots
    order = [name, *searched] if first else [*searched, name]
    return tuple(each for each in dict.fromkeys(order) if len(each) <= MAX_NAME)


__all__ = ["DNS_PORT", "ResolvConf", "Server", "candidates", "read_resolv_conf", "server_of"]

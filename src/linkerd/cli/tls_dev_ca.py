"""`linkerd tls dev-ca DIR`: an authority for trials, on disk.

In: a directory and names. Out: PEM files, secret ones for their owner alone, and on standard output
how to use them. Files that are there stay unless `force` says otherwise; each takes its place at
one go, so that a proxy that follows them never sees half of one.
"""

from __future__ import annotations

import json
import os
import re
import time
from typing import TYPE_CHECKING

from linkerd.cli.given import WrongUse
from linkerd.errors import LinkerdError
from linkerd.tls.described import DAY_S, day
from linkerd.tls.dev_ca import CA_DAYS, DEFAULT, LEAF_DAYS, Issued, dev_ca

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linkerd.tls.dev_ca import PemFile

FOR_TRIALS = """\
FOR TRIALS ONLY. Whoever can read ca.key can pose as any host to everybody who trusts ca.pem: never
put ca.pem into a system's or a browser's trust, and never take these files into production."""


class CannotWrite(LinkerdError):
    """A file could not be made."""

    code = "L5D-4009"


def make(directory: str, names: Sequence[str], clients: Sequence[str], force: bool) -> int:
    """Make it. Raises `WrongUse` and `CannotWrite`."""
    issued = _issued(names, clients)
    now = time.time()  # noqa: TID251 - the one clock of the process
    try:
        files = dev_ca(now, issued)
    except ValueError as error:
        raise WrongUse(str(error)) from None
    folder = os.path.abspath(directory)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        there = [file.name for file in files if os.path.lexists(os.path.join(folder, file.name))]
        if there and not force:
            raise WrongUse(
                f"{directory} already has {', '.join(there)}; --force replaces them, and then"
                " nothing that the old authority signed is trusted any more"
            )
        for file in files:
            _write(folder, file)
    except OSError as error:
        raise CannotWrite(f"cannot write {error.filename or directory}: {error.strerror}") from None
    print(described(folder, issued, now))
    return 0


def _issued(names: Sequence[str], clients: Sequence[str]) -> list[Issued]:
    if not names and not clients:
        return list(DEFAULT)
    servers = [tuple(part.strip() for part in name.split(",")) for name in names]
    return [*(Issued(each) for each in servers), *(Issued((c,), for_client=True) for c in clients)]


def _write(folder: str, file: PemFile) -> None:
    """Write a file under another name, and rename it when it is whole."""
    path = os.path.join(folder, file.name)
    part = f"{path}.{os.getpid()}.part"
    mode = 0o600 if file.secret else 0o644
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "w", encoding="ascii") as stream:
            stream.write(file.text)
        os.replace(part, path)
    except OSError:
        os.unlink(part)
        raise


def described(folder: str, issued: Sequence[Issued], now: float) -> str:
    """Say what there is, and what to write into a configuration."""
    rows = [("ca.pem", f"whom to trust, until {day(now + CA_DAYS * DAY_S)}")]
    rows.append(("ca.key", "the authority's key: keep it secret, no proxy needs it"))
    for each in issued:
        who = "client" if each.for_client else "server"
        rows.append((f"{each.stem}.pem, .key", f"for a {who} called {', '.join(each.names)}"))
    widest = max(len(name) for name, _ in rows)
    lines = [f"{folder}/", *(f"  {name:{widest}}  {what}" for name, what in rows)]
    lines.append(f"  The certificates of servers and clients hold for {LEAF_DAYS} days.")
    server = next((each for each in issued if not each.for_client), None)
    client = next((each for each in issued if each.for_client), None)
    if server is not None:
        lines += [
            "",
            "To be spoken to with TLS, in a router:",
            "",
            *_server(folder, server, client),
        ]
        lines += ["", "To speak TLS with that server:", "", *_client(folder, server, client)]
        lines += ["", "To see whether it works:  linkerd tls test FILE NAME"]
    elif client is not None:
        lines += ["", "In the section `client.tls`:", "", *_auth(folder, client, "    ")]
    return "\n".join([*lines, "", FOR_TRIALS])


def _server(folder: str, server: Issued, client: Issued | None) -> list[str]:
    lines = [
        "    servers:",
        "    - port: 4141",
        "      tls:",
        f"        certPath: {_path(folder, server.stem, 'pem')}",
        f"        keyPath: {_path(folder, server.stem, 'key')}",
    ]
    if client is not None:
        lines += [
            "        # with these two, clients must show a certificate:",
            "        requireClientAuth: true",
            f"        caCertPath: {_path(folder, 'ca', 'pem')}",
        ]
    return lines


def _client(folder: str, server: Issued, client: Issued | None) -> list[str]:
    first = server.names[0]
    lines = ["    client:"]
    if first.startswith("*"):
        lines += [
            "      kind: io.l5d.static",
            "      configs:",
            '      - prefix: "/#/io.l5d.fs/{service}"   # what the ids of clients begin with',
        ]
    name = first.replace("*", "{service}")
    indent = "        " if first.startswith("*") else "      "
    lines += [
        f"{indent}tls:",
        f'{indent}  commonName: "{name}"',
        f"{indent}  trustCertsBundle: {_path(folder, 'ca', 'pem')}",
    ]
    return lines + (_auth(folder, client, indent + "  ") if client is not None else [])


def _auth(folder: str, client: Issued, indent: str) -> list[str]:
    return [
        f"{indent}clientAuth:",
        f"{indent}  certPath: {_path(folder, client.stem, 'pem')}",
        f"{indent}  keyPath: {_path(folder, client.stem, 'key')}",
    ]


def _path(folder: str, stem: str, ending: str) -> str:
    """A path as YAML takes it."""
    path = f"{folder}/{stem}.{ending}"
    return path if re.fullmatch(r"[\w./+-]+", path) else json.dumps(path, ensure_ascii=False)


__all__ = ["CannotWrite", "described", "make"]

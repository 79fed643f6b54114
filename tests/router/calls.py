"""Thrift calls and answers as bytes, and playbooks of a Thrift router."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.router.playbook import PlaybookCase

from linkerd.wire.thrift_message import CALL, EXCEPTION, ONEWAY, REPLY, framed, message_head
from linkerd.wire.thrift_result import exception_frame
from linkerd.wire.thrift_values import BINARY

if TYPE_CHECKING:
    from tests.router.playbook import Playbook

EMPTY = b"\0"
THROWN = b"\x0c\x00\x01\x00\x00"


def filled(size: int) -> bytes:
    """A body of so many bytes: one string, in the binary protocol."""
    return b"\x0b\x00\x01" + (size - 8).to_bytes(4, "big") + bytes(size - 8) + b"\0"


def call(name: bytes = b"add", sequence: int = 7, body: bytes = EMPTY, form: int = BINARY) -> bytes:
    """A call in its frame."""
    return framed(message_head(form, CALL, name, sequence), body)


def oneway(name: bytes = b"note", sequence: int = 8, body: bytes = EMPTY) -> bytes:
    """A call that nobody answers."""
    return framed(message_head(BINARY, ONEWAY, name, sequence), body)


def reply(
    name: bytes = b"add", sequence: int = 7, body: bytes = EMPTY, form: int = BINARY
) -> bytes:
    """An answer in its frame."""
    return framed(message_head(form, REPLY, name, sequence), body)


def thrown(code: int, name: bytes = b"add", sequence: int = 7) -> bytes:
    """An exception of the protocol itself."""
    return exception_frame(BINARY, name, sequence, code, "no")


class ThriftCase(PlaybookCase):
    """Makes playbooks of Thrift routers."""

    def thrift(self, **settings: Any) -> Playbook:
        """A router whose calls are all named `/svc`, which is the endpoint at port 80."""
        settings.setdefault("dtab", "/svc => /#/fake/web")
        play = self.play(protocol="thrift", **settings)
        play.bind("web", 80)
        return play


__all__ = [
    "EMPTY",
    "EXCEPTION",
    "THROWN",
    "ThriftCase",
    "call",
    "filled",
    "oneway",
    "reply",
    "thrown",
]

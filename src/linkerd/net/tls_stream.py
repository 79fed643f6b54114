"""OpenSSL on a socket of ours, without what Python's `SSLSocket` puts around it.

In come a context and a socket that does not block; out goes what the `ssl` module itself has inside
of an `SSLSocket`. Making one of those costs seven system calls, reading from one two calls more in
Python, and nothing of that is needed where the socket stays ours. Used by the engine's handshakes
and transports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import socket
    import ssl


class TlsStream(Protocol):
    """What the `ssl` module has inside; its errors are those of an `SSLSocket`."""

    context: ssl.SSLContext
    server_side: bool
    session: Any
    session_reused: bool | None

    def do_handshake(self) -> None:
        """Make a step."""

    def read(self, size: int) -> bytes:
        """Read from one record; b"" is the peer's close_notify."""

    def write(self, data: bytes | memoryview) -> int:
        """Write one record, of the beginning of `data`; gives how much that is."""

    def shutdown(self) -> object:
        """Send close_notify, and read the peer's."""

    def version(self) -> str | None:
        """The version of TLS."""

    def cipher(self) -> tuple[str, str, int] | None:
        """The cipher; its name comes first."""

    def selected_alpn_protocol(self) -> str | None:
        """What was agreed on by ALPN."""

    def getpeercert(self, binary_form: bool, /) -> Any:
        """The peer's certificate."""


def server_stream(context: ssl.SSLContext, sock: socket.socket, owner: object) -> TlsStream:
    """TLS with a client. The context's `sni_callback` gets `owner` for the connection.

    Both `sock` and `owner` have to be kept by somebody as long as the stream is used.
    """
    made: TlsStream = context._wrap_socket(sock, True, None, owner=owner)  # type: ignore[attr-defined]
    return made


def client_stream(
    context: ssl.SSLContext, sock: socket.socket, server_name: str, session: Any
) -> TlsStream:
    """TLS with a server of this name, "" for none; `session` is one to resume, or None."""
    made: TlsStream = context._wrap_socket(  # type: ignore[attr-defined]
        sock, False, server_name or None, session=session
    )
    return made


__all__ = ["TlsStream", "client_stream", "server_stream"]

"""What is known of a client's connection when it is to be named.

In come the addresses of the connection, the PROXY header before it and its first bytes; out goes
what identifiers of connections ask for. Owned by the server's connection, until it is joined to an
endpoint and as long as it has a place in a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.wire.client_hello import NotTls, read_client_hello

if TYPE_CHECKING:
    from linkerd.wire.proxy_protocol import ProxyHeader


class Arrival:
    """A connection that has come. `source` and `destination` are those of its first hop.

    `port` is that of our server. `data` are its first bytes as far as they have come; they are read
    and never taken away. `complete`: there will be no more of them in time. `wants_more`: an
    identifier cannot tell before there are. `proxy` is the PROXY header, None where there is none.
    """

    __slots__ = (
        "_server_name",
        "complete",
        "data",
        "destination",
        "port",
        "proxy",
        "source",
        "wants_more",
    )

    def __init__(
        self, source: tuple[str, int], destination: tuple[str, int], server_name: str | None
    ) -> None:
        self.source = source
        self.destination = destination
        self.port = destination[1]
        self.data = b""
        self.complete = False
        self.wants_more = False
        self.proxy: ProxyHeader | None = None
        self._server_name = server_name

    def take_proxy(self, header: ProxyHeader) -> None:
        """The client is a proxy itself, and tells whose connection it passes on."""
        self.proxy = header
        if not header.local:
            self.source = header.source
            self.destination = header.destination

    def server_name(self) -> str:
        """The name that TLS is asked for (SNI, RFC 6066), "" if there is none.

        As long as nobody can tell, that is also "", and `wants_more` is set.
        """
        found = self._server_name
        if found is None:
            try:
                hello = read_client_hello(self.data)
            except NotTls:
                found = ""
            else:
                if hello is not None:
                    found = hello.server_name
            if found is None:
                self.wants_more = not self.complete
                return ""
            self._server_name = found
        return found


__all__ = ["Arrival"]

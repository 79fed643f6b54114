"""The `client` section: how a router's requests go to endpoints.

The binder makes a `ClientConfig`; whenever the router needs a client, `build` makes a
`ClientPolicy` of the parameters that the section has for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.accrual.base import AccrualConfig
from linkerd.accrual.consecutive_failures import DEFAULT_ACCRUAL
from linkerd.balancer.base import BalancerConfig
from linkerd.balancer.p2c import P2cConfig
from linkerd.config.option import at_least_one, not_negative, option
from linkerd.config.section import Plugin, Section
from linkerd.net.socket_options import DEFAULT_OPTIONS, SocketOptions
from linkerd.retry.budget import BudgetConfig
from linkerd.tls.config import ClientTls

if TYPE_CHECKING:
    from linkerd.name.matcher import Variables
    from linkerd.name.path import Path

UNBOUNDED = 2**31 - 1
"""As many as there are; the number is Linkerd's."""
PROXY_VERSIONS = {"none": 0, "v1": 1, "v2": 2}


@attrs.frozen(kw_only=True)
class ClientSessionConfig(Section):
    """The section `clientSession`."""

    summary: ClassVar[str] = (
        "How long connections to endpoints last. One that is in use is closed after its exchange;"
        " without these keys connections rest and live for ever."
    )

    idle_time_ms: int | None = option(
        "Close a connection that has rested for so long.",
        default=None,
        unit="ms",
        check=at_least_one,
    )
    life_time_ms: int | None = option(
        "Close a connection that is so old.",
        default=None,
        unit="ms",
        check=at_least_one,
    )


@attrs.frozen(kw_only=True)
class HostConnectionPoolConfig(Section):
    """The section `hostConnectionPool`."""

    summary: ClassVar[str] = (
        "How many connections there are to one endpoint. None is opened before a request wants it;"
        " the one that was used last is used first."
    )

    min_size: int = option(
        "How many connections are kept, however long they rest.", default=0, check=not_negative
    )
    max_size: int = option(
        "How many connections there may be; requests beyond that wait for one, within"
        " `bindingTimeoutMs`.",
        default=UNBOUNDED,
        check=at_least_one,
    )
    idle_time_ms: int | None = option(
        "Close a connection beyond `minSize` that has rested for so long; 0 closes it at once."
        " Without this key all are kept.",
        default=None,
        unit="ms",
        check=not_negative,
    )
    max_waiters: int = option(
        "How many requests may wait for a connection; beyond that they are answered 502.",
        default=UNBOUNDED,
        check=not_negative,
    )

    def faults(self) -> list[tuple[str, str]]:
        """What is kept must be allowed."""
        return [("minSize", "is more than maxSize")] if self.min_size > self.max_size else []


@attrs.frozen(kw_only=True)
class ClientConfig(Plugin):
    """How requests go to endpoints."""

    family: ClassVar[str] = "client"
    default_kind: ClassVar[str] = "io.l5d.global"

    def parameters(self, client_id: Path) -> ClientParameters:
        """Give what holds for a client."""
        raise NotImplementedError

    def has(self, key: str) -> bool:
        """Whether a parameter was written, for any client."""
        return key in self.places

    def tls_captures(self, client_id: Path) -> Variables:
        """Give what a client's id has to say in `commonName`."""
        return {}

    def tls_sections(self) -> list[ClientTls]:
        """Give all sections `tls`, also those that count for no client."""
        raise NotImplementedError


@attrs.frozen(kw_only=True, slots=False)
class ClientParameters(Section):
    """What can be said of a client. Without slots, so that it goes with a second base."""

    not_yet: ClassVar[dict[str, str]] = {
        "requestAuthorizers": "",
    }

    attempt_t_twitter_upgrade: bool = option(
        "Only for Thrift: ask endpoints for Finagle's TTwitter upgrade, and pass trace, client id,"
        " deadline and other contexts on to those that agree.",
        default=False,
    )
    pipelined_calls: int = option(
        "Only for Thrift: how many calls may wait for their answers on one connection. Its server"
        " may answer them in any order.",
        default=1,
        check=at_least_one,
        differs="Linkerd 1 has no such key; a connection carries one call.",
    )
    send_proxy_protocol: str = option(
        "Only for raw connections: begin each with a PROXY header that tells whose it is; `v1`,"
        " `v2` or `none`.",
        default="none",
        check=lambda value: None if value in PROXY_VERSIONS else "can be none, v1 or v2",
        differs="Linkerd 1 has no such key.",
    )
    load_balancer: BalancerConfig = option(
        "Which endpoint takes the next request.", default=P2cConfig()
    )
    failure_accrual: AccrualConfig = option(
        "When an endpoint is left alone, and for how long.", default=DEFAULT_ACCRUAL
    )
    requeue_budget: BudgetConfig = option(
        "How many requests may be tried elsewhere because they certainly were not processed.",
        default=BudgetConfig(),
    )
    fail_fast: bool = option(
        "Leave an endpoint alone as soon as a connection to it cannot be opened, until one can be:"
        " that is tried after 1 s, and then again and again, at last each 32 s. Requests that"
        " nevertheless come to it fail at once, unless there is an open connection.",
        default=False,
    )
    request_attempt_timeout_ms: int | None = option(
        "How long one try may take, from the sending of the request to the head of the answer; a"
        " try that takes longer has failed, and the response classifier says whether there is"
        " another. 0 is no limit.",
        default=None,
        unit="ms",
        check=not_negative,
    )
    socket_options: SocketOptions = option(
        "What is asked of the system for connections to endpoints.", default=DEFAULT_OPTIONS
    )
    host_connection_pool: HostConnectionPoolConfig = option(
        "How many connections there are to each endpoint.", default=HostConnectionPoolConfig()
    )
    client_session: ClientSessionConfig = option(
        "How long connections to endpoints last.", default=ClientSessionConfig()
    )
    forward_client_cert: bool = option(
        "Tell endpoints of the certificate that a client has shown to a server with TLS, in"
        " `x-forwarded-client-cert`. What clients send under that name is always removed.",
        default=False,
    )
    tls: ClientTls | None = option(
        "Speak TLS with endpoints; without this section, plain text.", default=None
    )
    connect_timeout_ms: int = option(
        "How long opening a connection may take.",
        default=1000,
        unit="ms",
        check=at_least_one,
        differs="Linkerd 1 has no such key; its limit is fixed at 1 s.",
    )


@attrs.frozen(kw_only=True)
class GlobalClientConfig(ClientParameters, ClientConfig):
    """The same for all clients of the router."""

    kind: ClassVar[str] = "io.l5d.global"
    summary: ClassVar[str] = "One set of parameters for every client."

    @override
    def parameters(self, client_id: Path) -> ClientParameters:
        return self

    @override
    def tls_sections(self) -> list[ClientTls]:
        return [self.tls] if self.tls is not None else []

"""Whom the proxy would shake hands with for a name: clients, their `tls` and their endpoints.

In: a configuration and a name. Out: one `Routed` a router, with a `Target` for each client that
requests of the name go to. Put together as the proxy does it; nothing listens, nothing is dialled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from linkerd.assembly import assemble
from linkerd.cli.given import WrongUse
from linkerd.errors import RequestError
from linkerd.name.path import Path
from linkerd.router.explain_all import UnknownRouter, explain_all
from linkerd.router.request_text import BadRequestText

if TYPE_CHECKING:
    from linkerd.linker import LinkerConfig
    from linkerd.net.security import Security
    from linkerd.router.built import BuiltRouter
    from linkerd.runtime import Runtime
    from linkerd.tls.config import ClientTls


@attrs.frozen
class Target:
    """A client.

    `section` is None, or not enabled, where it speaks plain text; `refusal` says why no name can be
    made for it. `count` is how many endpoints there are, `addresses` has the first of them.
    """

    client_id: str
    section: ClientTls | None
    security: Security | None
    refusal: RequestError | None
    timeout_s: float
    addresses: tuple[tuple[str, int], ...]
    count: int


@attrs.frozen
class Routed:
    """What a router makes of the name; `explained` is the value of `linkerd.router.explain`."""

    explained: dict[str, Any]
    targets: tuple[Target, ...]


async def find(
    config: LinkerConfig, name: str, label: str | None, limit_s: float, runtime: Runtime
) -> list[Routed]:
    """Look a name up in one router, or in all that speak TLS with endpoints (else in all).

    `limit_s` is how long registries may take. Raises `WrongUse`.
    """
    assembly = assemble(config, runtime)
    try:
        chosen = assembly.routers
        if label is None:
            secured = [each for each in chosen if each.config.client.tls_sections()]
            chosen = secured or chosen
        shown = await explain_all(chosen, name, (), label, limit_s=limit_s)
        routers = {each.config.label: each for each in chosen}
        return [Routed(each, _targets(routers[each["router"]], each)) for each in shown]
    except (BadRequestText, UnknownRouter) as wrong:
        raise WrongUse(str(wrong)) from None
    finally:
        assembly.close()


def _targets(router: BuiltRouter, explained: dict[str, Any]) -> tuple[Target, ...]:
    """Each client once, though several branches lead to it."""
    found = {bound["id"]: bound for bound in explained["bound"]}
    return tuple(_target(router, bound) for bound in found.values())


def _target(router: BuiltRouter, bound: dict[str, Any]) -> Target:
    client_id = Path.read(bound["id"])
    policy = router.bindings.client_policy(client_id)
    security: Security | None = None
    refusal: RequestError | None = None
    if policy.secure is not None:
        try:
            security = policy.secure(router.bindings.runtime.metrics.scope("client", bound["id"]))
        except RequestError as error:
            refusal = error
    return Target(
        bound["id"],
        router.config.client.parameters(client_id).tls,
        security,
        refusal,
        policy.connect_timeout_s,
        tuple(_pair(each["address"]) for each in bound["endpoints"]),
        bound["count"],
    )


def _pair(address: str) -> tuple[str, int]:
    """Read `10.0.0.1:80` or `[::1]:80`."""
    host, _, port = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)


__all__ = ["Routed", "Target", "find"]

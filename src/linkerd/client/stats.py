"""What is exported of a client's balancer, pools and accrual, under Finagle's names.

The hot path counts nothing here: everything is read from its owner at export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkerd.balancer.aperture import Aperture
from linkerd.balancer.weighted import Weighted

if TYPE_CHECKING:
    from linkerd.client.client import Client
    from linkerd.client.fail_fast import FailFast, FailFastCounts
    from linkerd.telemetry.metrics import Scope


def export_balancer(scope: Scope, client: Client) -> None:
    """The names of `loadbalancer/` (the balancer object may be replaced, so it is looked up)."""
    own = scope.scope("loadbalancer")
    own.gauge("size", read=lambda: client.balancer.size)
    own.gauge("available", read=lambda: client.counts()[0])
    own.gauge("busy", read=lambda: client.counts()[1])
    own.gauge("closed", read=lambda: client.counts()[2])
    own.gauge("load", read=lambda: client.balancer.outstanding())
    own.gauge("num_weight_classes", read=lambda: client.balancer.weight_classes())
    own.gauge("meanweight", read=lambda: client.balancer.mean_weight())
    own.gauge("algorithm", client.balancer.algorithm, read=lambda: 1)
    own.count_of("adds", read=lambda: client.balancer.adds)
    own.count_of("removes", read=lambda: client.balancer.removes)
    own.count_of("rebuilds", read=lambda: client.balancer.rebuilds)
    own.count_of("updates", read=lambda: client.balancer.updates)
    own.count_of("max_effort_exhausted", read=lambda: client.balancer.max_effort_exhausted)
    own.count_of("busy_weight_classes", read=lambda: client.balancer.busy_weight_classes)
    if isinstance(client.balancer, Aperture):
        export_aperture(own, client)
    scope.gauge("available", read=lambda: 1 if client.counts()[0] else 0)
    scope.gauge("pool_cached", read=lambda: pooled(client))
    scope.gauge("pool_size", read=lambda: opened(client))


def export_aperture(own: Scope, client: Client) -> None:
    """What `aperture` has besides; of several weight classes the sums."""
    own.gauge("logical_aperture", read=lambda: sum([w.aperture for w in windows(client)]))
    own.gauge("physical_aperture", read=lambda: sum([w.window() for w in windows(client)]))
    own.gauge("use_deterministic_ordering", read=lambda: 0)
    own.gauge("eager_connections", read=lambda: 0)
    own.count_of("expired", read=lambda: sum([w.expired for w in counting(client)]))
    band = own.scope("loadband")
    band.gauge("offered_load_ema", read=lambda: sum([w.average for w in windows(client)]))
    band.count_of("widen", read=lambda: sum([w.widened for w in counting(client)]))
    band.count_of("narrow", read=lambda: sum([w.narrowed for w in counting(client)]))


def windows(client: Client) -> list[Aperture]:
    """The windows in use: one for each weight."""
    balancer = client.balancer
    found = balancer.classes if isinstance(balancer, Weighted) else [balancer]
    return [each for each in found if isinstance(each, Aperture) and each.size]


def counting(client: Client) -> list[Aperture]:
    """Those whose counters make up the whole, which includes what has been."""
    balancer = client.balancer
    found = [*balancer.classes, balancer.spare] if isinstance(balancer, Weighted) else [balancer]
    return [each for each in found if isinstance(each, Aperture)]


def export_accrual(scope: Scope, client: Client) -> None:
    """The names of `failure_accrual/`."""
    own = scope.scope("failure_accrual")
    counts = client.accrual_counts
    own.count_of("removals", read=lambda: counts.removals)
    own.count_of("revivals", read=lambda: counts.revivals)
    own.count_of("probes", read=lambda: counts.probes)
    own.count_of("removed_for_ms", read=lambda: counts.removed_for_ms)


def export_fail_fast(scope: Scope, client: Client, counts: FailFastCounts) -> None:
    """The names of `failfast/`; the gauges are sums over the endpoints."""
    own = scope.scope("failfast")
    own.count_of("marked_dead", read=lambda: counts.marked_dead)
    own.count_of("marked_available", read=lambda: counts.marked_available)
    own.gauge("is_marked_dead", read=lambda: len(marked_dead(client)))
    own.gauge("unhealthy_num_tries", read=lambda: sum([each.tries for each in marked_dead(client)]))
    own.gauge("unhealthy_for_ms", read=lambda: dead_for_ms(client))


def marked_dead(client: Client) -> list[FailFast]:
    """What is known of the endpoints that `failFast` has marked dead."""
    found = [endpoint.down for endpoint in client.endpoints.values()]
    return [down.state for down in found if down is not None and down.state.dead]


def dead_for_ms(client: Client) -> int:
    """For how long they have been dead, all in all."""
    now = client.clock()
    return int(sum([each.dead_for(now) for each in marked_dead(client)]) * 1000.0)


def pooled(client: Client) -> int:
    """Idle connections of all endpoints."""
    return sum([len(endpoint.idle) for endpoint in client.endpoints.values()])


def opened(client: Client) -> int:
    """Open connections of all endpoints."""
    return sum([endpoint.open for endpoint in client.endpoints.values()])

"""What routers of all protocols have in common."""

from __future__ import annotations

import pytest
from tests.router.configured import faults

from linkerd.router.config import RouterConfig


@pytest.mark.parametrize("key", sorted(RouterConfig.not_yet))
def test_what_is_not_built_is_refused_by_name(key: str) -> None:
    (fault,) = faults(f"  {key}: 1\n")
    assert (fault.code, fault.line, fault.path) == ("L5D-4007", 4, f"routers[0].{key}")


def test_a_router_without_servers_is_of_no_use() -> None:
    (fault,) = faults("  label: x\n", servers="[]")
    assert fault.path == "routers[0].servers"
    assert "'x' has no servers" in fault.why

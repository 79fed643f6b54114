"""The `service` section: what it refuses."""

from __future__ import annotations

import pytest
from tests.router.configured import faults

from linkerd.router.service_config import ServiceConfig


@pytest.mark.parametrize("key", sorted(ServiceConfig.not_yet))
def test_what_is_not_built_is_refused_by_name(key: str) -> None:
    (fault,) = faults(f"  service:\n    {key}: 1\n")
    assert (fault.code, fault.line, fault.path) == ("L5D-4007", 5, f"routers[0].service.{key}")

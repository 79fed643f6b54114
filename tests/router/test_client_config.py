"""The `client` section: what it refuses."""

from __future__ import annotations

import pytest
from tests.router.configured import faults

from linkerd.router.client_config import ClientConfig


@pytest.mark.parametrize("key", sorted(ClientConfig.not_yet))
def test_what_is_not_built_is_refused_by_name(key: str) -> None:
    (fault,) = faults(f"  client:\n    {key}: 1\n")
    assert (fault.code, fault.line, fault.path) == ("L5D-4007", 5, f"routers[0].client.{key}")

"""The seam: values of a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from linkerd.admin.view import ClientView, EndpointView, RouterView, View

if TYPE_CHECKING:
    from conftest import FakeView


def test_rows_are_values() -> None:
    assert EndpointView("127.0.0.1:80") == EndpointView("127.0.0.1:80", "open")
    assert ClientView("/#/web").state == "bound"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        RouterView("http").label = "other"  # type: ignore[misc]


def test_the_fake_is_a_view(view: FakeView) -> None:
    members = [name for name in vars(View) if not name.startswith("_")]
    assert members
    assert all(hasattr(view, name) for name in members)

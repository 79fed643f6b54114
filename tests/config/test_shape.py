from __future__ import annotations

from typing import ClassVar

import attrs
import pytest

from linkerd.config.option import option
from linkerd.config.section import Plugin, Section
from linkerd.config.shape import (
    ListShape,
    ScalarShape,
    SectionShape,
    keys_of,
    not_yet_of,
    renamed_of,
)


@attrs.frozen(kw_only=True)
class Inner(Section):
    not_yet: ClassVar[dict[str, str]] = {"x": "1", "y": ""}
    renamed: ClassVar[dict[str, str]] = {"old": "new"}


@attrs.frozen(kw_only=True)
class Outer(Inner):
    not_yet: ClassVar[dict[str, str]] = {"x": "2"}
    count: int | None = option("A count.", default=None)
    inners: tuple[Inner, ...] = option("Many.", default=attrs.Factory(tuple))
    inner: Inner = option("One.")


@attrs.frozen(kw_only=True)
class Family(Plugin):
    common: str = option("Common.", default="")


@attrs.frozen(kw_only=True)
class Member(Family):
    own: str = option("Own.", default="")


@attrs.frozen(kw_only=True)
class Wrong(Section):
    bad: complex = option("No such thing.")


def test_keys_are_resolved_in_order():
    count, inners, inner = keys_of(Outer)
    assert isinstance(count.shape, ScalarShape)
    assert (count.key, count.required, count.default) == ("count", False, None)
    assert isinstance(inners.shape, ListShape)
    assert inners.shape.item == inner.shape == SectionShape(Inner)
    assert inners.default == ()
    assert inner.required


def test_inherited_keys_come_last():
    assert [key.key for key in keys_of(Member)] == ["own", "common", "experimental"]


def test_keys_of_the_past_and_future_are_inherited():
    assert not_yet_of(Outer) == {"x": "2", "y": ""}
    assert renamed_of(Outer) == {"old": "new"}


def test_a_type_that_is_not_understood_names_its_field():
    with pytest.raises(TypeError, match=r"Wrong\.bad: .*complex"):
        keys_of(Wrong)


def test_only_the_annotations_of_keys_are_resolved():
    @attrs.frozen(kw_only=True)
    class Lazy(Section):
        other: ClassVar[NeverImported] = None  # type: ignore[name-defined]  # noqa: F821
        port: Port | None = option("A port.")  # type: ignore[name-defined]  # noqa: F821

    (key,) = keys_of(Lazy)
    assert key.shape.reader.word == "port"

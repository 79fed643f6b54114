"""Never dead, whatever happens.

In: nothing that matters. Out: the verdict that an endpoint lives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from linkerd._typing import override
from linkerd.accrual.base import AccrualConfig, Policy, PolicyMaker

if TYPE_CHECKING:
    import random  # noqa: TID251  # the type only


class NoneMaker(PolicyMaker):
    """Gives every endpoint the policy that never marks."""

    @override
    def make(self) -> Policy:
        """Make a policy for one endpoint."""
        return Policy()


@attrs.frozen(kw_only=True)
class NoneConfig(AccrualConfig):
    """`kind: none`."""

    kind: ClassVar[str] = "none"
    summary: ClassVar[str] = "Never leaves an endpoint alone."

    @override
    def mk(self, rng: random.Random) -> PolicyMaker:
        """Make the maker of a client's policies."""
        return NoneMaker()


__all__ = ["NoneConfig", "NoneMaker"]

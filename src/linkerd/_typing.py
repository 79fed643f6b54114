"""`override`, which the standard library has from 3.12 on: marks a door Twisted comes in by.

Nothing comes in, nothing goes out: the mark is for readers and for the type checker.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from typing_extensions import override
elif sys.version_info >= (3, 12):
    from typing import override
else:
    F = TypeVar("F")

    def override(function: F) -> F:
        """Give the function back as it is."""
        return function


__all__ = ["override"]

"""Which of several certificates a client is shown, by the name that it asks for.

In: the names of each certificate, and the name of a handshake (SNI, RFC 6066). Out: the number of a
certificate. Pure; asked once a handshake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WILDCARD = "*."


class Choice:
    """By the name itself, else by a wildcard for its first label, else the first certificate.

    If two certificates have the same name, the one written first has it.
    """

    __slots__ = ("_exact", "_wild")

    def __init__(self, names: Sequence[Iterable[str]]) -> None:
        self._exact: dict[str, int] = {}
        self._wild: dict[str, int] = {}
        for number, own in enumerate(names):
            for name in own:
                plain = name.lower().removesuffix(".")
                if plain.startswith(WILDCARD) and "*" not in plain[2:]:
                    self._wild.setdefault(plain[2:], number)
                elif "*" not in plain:
                    self._exact.setdefault(plain, number)

    def of(self, name: str | None) -> int:
        """Choose for a name; None if the client sent none."""
        if not name:
            return 0
        plain = name.lower().removesuffix(".")
        number = self._exact.get(plain)
        if number is None:
            first, _, rest = plain.partition(".")
            number = self._wild.get(rest) if first and rest else None
        return 0 if number is None else number


__all__ = ["Choice"]

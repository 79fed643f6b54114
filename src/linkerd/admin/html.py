"""Pieces of HTML that cannot forget to escape.

Plain strings come in and are escaped wherever they stand; only what is `Html` already goes through
as it is.
"""

from __future__ import annotations

from html import escape


class Html(str):
    """Text that is HTML."""

    __slots__ = ()


def tag(name: str, *content: object, **attributes: str | None) -> Html:
    """Give an element; an attribute None is left out, `class_` stands for `class`, `_` for `-`."""
    opening = [f"<{name}"]
    for key, value in attributes.items():
        if value is not None:
            opening.append(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"')
    return Html(f"{''.join(opening)}>{together(*content)}</{name}>")


def together(*content: object) -> Html:
    """Give the pieces one after the other."""
    return Html(
        "".join([piece if isinstance(piece, Html) else escape(str(piece)) for piece in content])
    )


__all__ = ["Html", "tag", "together"]

"""The scanner under the grammars of paths, name trees and dtabs.

Text comes in, tokens go out; `path`, `tree` and `dtab` each own the grammar above the tokens.
Positions, error texts and the alphabet are those of Finagle's name tree parser. The time taken is
linear in the length of the text, whatever the text.
"""

from __future__ import annotations

import math
import re
from typing import NoReturn

# Character.isWhitespace of Java: no-break spaces and U+0085 are not blanks.
_BLANK = "[\t-\r\x1c-\x20\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]"
_SKIPPED = re.compile(f"(?:{_BLANK}+|#[^\n]*\n?)*+")
_SHOWABLE = re.compile(r"[0-9A-Za-z_:.#$%-]+")
_PLAIN = f"(?:/{_SHOWABLE.pattern})++"
_PLAIN_RULE = re.compile(
    f"({_PLAIN}){_SKIPPED.pattern}=>{_SKIPPED.pattern}({_PLAIN}){_SKIPPED.pattern}(?=;|\\Z)"
)
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_NUMBER_CHARS = frozenset("0123456789.")

# Each open parenthesis costs stack; dtabs come in request headers.
MAX_NESTING = 20


class NameSyntaxError(ValueError):
    """A text that is not a path, name tree or dtab.

    `offset` is the index of the character in `text` at which reading stopped; `str()` gives
    Finagle's wording, `EXPECTED expected but FOUND found at 'CONTEXT'`.
    """

    def __init__(self, text: str, offset: int, expected: str, found: str = "") -> None:
        here = text[offset : offset + 1]
        if not found:
            found = f"'{here}'" if here else "end of input"
        context = f"{text[:offset]}[{here}]{text[offset + 1 :]}"
        super().__init__(f"{expected} expected but {found} found at '{context}'")
        self.text = text
        self.offset = offset
        self.expected = expected
        self.found = found


class Scanner:
    """A text and the place reached in it."""

    __slots__ = ("nesting", "offset", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.offset = 0
        self.nesting = 0

    def fail(self, expected: str, found: str = "") -> NoReturn:
        """Raise `NameSyntaxError` for the present place."""
        raise NameSyntaxError(self.text, self.offset, expected, found)

    def peek(self) -> str:
        """Return the next character, empty at the end."""
        return self.text[self.offset : self.offset + 1]

    def take(self, char: str) -> bool:
        """Step over `char` if it is next, and tell whether it was."""
        if self.peek() != char:
            return False
        self.offset += 1
        return True

    def eat(self, char: str) -> None:
        """Step over `char`, which must be next."""
        if not self.take(char):
            self.fail(f"'{char}'")

    def skip(self) -> None:
        """Step over blanks and comments."""
        skipped = _SKIPPED.match(self.text, self.offset)
        assert skipped is not None
        self.offset = skipped.end()

    def plain_rule(self) -> tuple[list[bytes], list[bytes]] | None:
        """Read `/a => /b` at once, if it is all there is of the rule and without escapes.

        Gives the elements of both. Nearly all rules are like this, and there may be ten thousand.
        """
        rule = _PLAIN_RULE.match(self.text, self.offset)
        if rule is None:
            return None
        self.offset = rule.end()
        prefix, name = rule.groups()
        return prefix.encode("ascii").split(b"/")[1:], name.encode("ascii").split(b"/")[1:]

    def end(self) -> None:
        """Step over blanks; nothing may follow them."""
        self.skip()
        if self.offset < len(self.text):
            self.fail("end of input")

    def at_label(self) -> bool:
        """Tell whether a path element could start here."""
        char = self.peek()
        return char == "\\" or _SHOWABLE.match(char) is not None

    def label(self) -> bytes:
        """Read one path element, at least one character."""
        parts: list[bytes] = []
        while True:
            raw = _SHOWABLE.match(self.text, self.offset)
            if raw is not None:
                self.offset = raw.end()
                parts.append(raw.group().encode("ascii"))
            elif self.take("\\"):
                self.eat("x")
                parts.append(bytes.fromhex(self._hex_digit() + self._hex_digit()))
            elif parts:
                return b"".join(parts)
            else:
                self.fail("label char")

    def _hex_digit(self) -> str:
        char = self.peek()
        if char not in _HEX_DIGITS:
            self.fail("hex char")
        self.offset += 1
        return char

    def elements(self) -> tuple[bytes, ...]:
        """Read a path: a slash, then elements with slashes between them."""
        self.skip()
        self.eat("/")
        if not self.at_label():
            return ()
        found = [self.label()]
        while self.take("/"):
            found.append(self.label())
        return tuple(found)

    def at_number(self) -> bool:
        """Tell whether a weight could start here."""
        return self.peek() in _NUMBER_CHARS

    def number(self) -> float:
        """Read a weight: digits and at most one point, no sign, no exponent."""
        start = self.offset
        dots = 0
        while (char := self.peek()) in _NUMBER_CHARS:
            if char == ".":
                dots += 1
                if dots > 1:
                    self.fail("number char")
            self.offset += 1
        digits = self.text[start : self.offset]
        # A number too long for a float would be infinite, and could not be printed again.
        if digits == "." or not math.isfinite(float(digits)):
            self.fail("weight", f"'{digits[:1]}'")
        return float(digits)


__all__ = ["MAX_NESTING", "NameSyntaxError", "Scanner"]

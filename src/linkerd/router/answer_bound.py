"""How large an answer may be where all answers are taken in whole (`maxResponseBodyKB`).

In comes an answer, out goes the same one, or word that it is too large. One that comes in pieces
has been watched over while they were collected (`linkerd.client.whole`); this is for those that
came at once. Owned by the router.
"""

from __future__ import annotations

from linkerd.router.shaped import Answer, AnswerFilter


class AnswerBound(AnswerFilter):
    """Lets no body pass that is larger than `most` bytes."""

    __slots__ = ("most",)

    def __init__(self, most: int) -> None:
        self.most = most

    def answer(self, answer: Answer) -> None:
        if len(answer.body) > self.most:
            answer.too_large = True


__all__ = ["AnswerBound"]

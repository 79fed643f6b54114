"""What servers hand their requests to: nothing stands between where there is nothing to do."""

from __future__ import annotations

from tests.router.configured import make

from linkerd.client.whole import PASSED_ON, Keeping
from linkerd.router.answer_bound import AnswerBound
from linkerd.router.compression import Compression
from linkerd.router.dispatch import ShapedDispatch, dispatch_of
from linkerd.router.untrusted import ContextCleared, UntrustedDispatch


def test_by_default_it_is_the_router_itself() -> None:
    built = make()
    assert built.listeners[0].dispatch is built.router


def test_answers_are_compressed_behind_all_other_changes() -> None:
    router = make().router
    dispatch = dispatch_of(router, True, 3, Keeping(0, True, 9))
    assert isinstance(dispatch, UntrustedDispatch)
    shaped = dispatch.dispatch
    assert isinstance(shaped, ShapedDispatch)
    assert [type(each) for each in shaped.filters] == [AnswerBound, ContextCleared, Compression]


def test_compression_alone_reads_what_clients_say_of_the_context() -> None:
    dispatch = dispatch_of(make().router, False, -1, PASSED_ON)
    assert isinstance(dispatch, ShapedDispatch)
    assert len(dispatch.filters) == 1

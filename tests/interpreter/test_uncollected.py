"""The collector of the process, which several threads want off at a time."""

from __future__ import annotations

import gc
import threading

import pytest

from linkerd.interpreter.uncollected import Uncollected


def test_it_is_off_until_the_last_one_leaves() -> None:
    work = Uncollected()
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with work:
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with work:
        thread.start()
        inside.wait(10)
        assert not gc.isenabled()
    assert not gc.isenabled(), "the other one is not done"
    leave.set()
    thread.join()
    assert gc.isenabled()


def test_it_is_on_again_after_an_error() -> None:
    with pytest.raises(MemoryError), Uncollected():
        raise MemoryError
    assert gc.isenabled()


def test_it_stays_off_if_it_was() -> None:
    gc.disable()
    try:
        with Uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()

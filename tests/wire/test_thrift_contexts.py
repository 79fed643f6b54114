"""Contexts of Finagle, read and written to the byte."""

from __future__ import annotations

from linkerd.wire import thrift_contexts


def test_the_context_of_a_deadline() -> None:
    value = b"\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\x01\0"
    assert thrift_contexts.deadline(value) == (5, 256)
    assert thrift_contexts.deadline_value(5, 256) == value
    assert thrift_contexts.deadline(value[1:]) is None
    assert thrift_contexts.deadline_value(5, 2**70) == value[:8] + b"\x7f" + b"\xff" * 7


def test_the_context_of_a_trace() -> None:
    value = bytes(range(40))
    ids_of = thrift_contexts.trace(value)
    assert ids_of is not None
    assert ids_of[:2] == (0x0001020304050607, 0x08090A0B0C0D0E0F)
    assert thrift_contexts.trace_value(*ids_of) == value
    assert thrift_contexts.trace_value(*ids_of[:4], 0) == value[:32]
    assert thrift_contexts.trace(value[:32]) == (*ids_of[:4], 0)
    assert thrift_contexts.trace(value[:33]) is None

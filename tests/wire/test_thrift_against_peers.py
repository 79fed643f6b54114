"""Apache Thrift and thriftpy2 write what we read, and read what we write and pass on.

Laxer than we are, both of them: versions with bits that nobody uses, names with control characters
or of any length, values nested without end.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("thrift")
pytest.importorskip("thriftpy2")

import thriftpy2
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.protocol.TCompactProtocol import TCompactProtocol
from thrift.protocol.TMultiplexedProtocol import TMultiplexedProtocol
from thrift.Thrift import TApplicationException, TType
from thrift.transport.TTransport import TFramedTransport, TMemoryBuffer
from thriftpy2.protocol import binary as py2_binary
from thriftpy2.protocol import compact as py2_compact
from thriftpy2.transport import TMemoryBuffer as Py2Buffer

from linkerd.wire.thrift_frames import WHOLE, FrameReader
from linkerd.wire.thrift_message import ThriftLimits, ThriftMessage, message_head, split_name
from linkerd.wire.thrift_result import SUCCESS, VOID, exception_frame, read_exception, result
from linkerd.wire.thrift_values import BINARY, COMPACT, OLD, cursor
from linkerd.wire.ttwitter import RequestHeader

if TYPE_CHECKING:
    from pathlib import Path

IDL = """
struct ClientId { 1: string name }
struct RequestContext { 1: binary key, 2: binary value }
struct Delegation { 1: string src, 2: string dst }
struct RequestHeader {
  1: i64 trace_id, 2: i64 span_id, 3: optional i64 parent_span_id, 5: optional bool sampled,
  6: optional ClientId client_id, 7: optional i64 flags, 8: list<RequestContext> contexts,
  9: optional string dest, 10: optional list<Delegation> delegations, 11: optional i64 trace_id_high
}
"""
FORMS = [BINARY, OLD, COMPACT]
forms = st.sampled_from(FORMS)
names = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=60)
sequences = st.integers(-(2**31), 2**31 - 1)
texts = st.text(st.characters(codec="utf-8"), max_size=40)


def apache(form: int, transport: Any) -> Any:
    if form == COMPACT:
        return TCompactProtocol(transport)
    return TBinaryProtocol(transport, strictRead=False, strictWrite=form == BINARY)


def read(frame: bytes, calls: bool = True) -> ThriftMessage:
    reader = FrameReader(ThriftLimits(), calls)
    reader.take(frame)
    assert reader.next() == WHOLE, reader.fault
    assert reader.message is not None
    return reader.message


def written(form: int, name: str, kind: int, sequence: int, fields: list[Any]) -> bytes:
    """A frame of Apache Thrift's."""
    buffer = TMemoryBuffer()
    framing = TFramedTransport(buffer)
    out = apache(form, framing)
    out.writeMessageBegin(name, kind, sequence)
    struct_of(out, fields)
    out.writeMessageEnd()
    framing.flush()
    frame: bytes = buffer.getvalue()
    return frame


def struct_of(out: Any, fields: list[Any]) -> None:
    out.writeStructBegin("")
    for number, kind, value in fields:
        out.writeFieldBegin("", kind, number)
        if kind == TType.STRUCT:
            struct_of(out, value)
        elif kind == TType.LIST:
            out.writeListBegin(TType.BOOL, len(value))
            for one in value:
                out.writeBool(one)
            out.writeListEnd()
        elif kind == TType.MAP:
            out.writeMapBegin(TType.I64, TType.STRING, len(value))
            for key, one in value.items():
                out.writeI64(key)
                out.writeString(one)
            out.writeMapEnd()
        else:
            WRITE[kind](out, value)
        out.writeFieldEnd()
    out.writeFieldStop()
    out.writeStructEnd()


WRITE = {
    TType.BOOL: lambda out, value: out.writeBool(value),
    TType.BYTE: lambda out, value: out.writeByte(value),
    TType.I16: lambda out, value: out.writeI16(value),
    TType.I32: lambda out, value: out.writeI32(value),
    TType.I64: lambda out, value: out.writeI64(value),
    TType.DOUBLE: lambda out, value: out.writeDouble(value),
    TType.STRING: lambda out, value: out.writeString(value),
}


def signed(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


@st.composite
def structs(draw: st.DrawFn, depth: int = 3) -> list[Any]:
    of: dict[int, st.SearchStrategy[Any]] = {
        TType.BOOL: st.booleans(), TType.BYTE: signed(8), TType.I16: signed(16),
        TType.I32: signed(32), TType.I64: signed(64), TType.DOUBLE: st.floats(),
        TType.STRING: texts, TType.LIST: st.lists(st.booleans(), max_size=20),
        TType.MAP: st.dictionaries(signed(64), texts, max_size=3),
    }  # fmt: skip
    if depth:
        of[TType.STRUCT] = structs(depth - 1)
    kinds = draw(st.lists(st.sampled_from(sorted(of)), max_size=5))
    return [(draw(st.integers(1, 2**15 - 1)), kind, draw(of[kind])) for kind in kinds]


@given(forms, names, st.sampled_from([1, 4]), sequences, structs(), sequences)
def test_calls_of_apache(
    form: int, name: str, kind: int, sequence: int, fields: list[Any], other: int
) -> None:
    frame = written(form, name, kind, sequence, fields)
    message = read(frame)
    assert (message.form, message.kind, message.name.decode()) == (form, kind, name)
    assert message.sequence == sequence
    assert cursor(frame, message.body, len(frame), form).skip_struct() == len(frame)
    assert message.passed_on(sequence, b"") == frame
    assert message.passed_on(other, b"") == written(form, name, kind, other, fields)


@given(forms, names, sequences)
def test_headers_of_ours_are_read_by_both(form: int, name: str, sequence: int) -> None:
    head = message_head(form, 1, name.encode(), sequence)
    assert apache(form, TMemoryBuffer(head)).readMessageBegin() == (name, 1, sequence)
    buffer = Py2Buffer(head)
    if form == COMPACT:
        protocol = py2_compact.TCompactProtocol(buffer)
    else:
        protocol = py2_binary.TBinaryProtocol(buffer, strict_read=form == BINARY)
    found, kind, number = protocol.read_message_begin()
    assert (found, kind) == (name, 1)
    # thriftpy2 does not give its compact numbers their sign back.
    assert number & 0xFFFFFFFF == sequence & 0xFFFFFFFF


@given(forms, names, st.integers(0, 2**31 - 1))
def test_headers_of_thriftpy2(form: int, name: str, sequence: int) -> None:
    buffer = Py2Buffer()
    if form == COMPACT:
        protocol = py2_compact.TCompactProtocol(buffer)
    else:
        protocol = py2_binary.TBinaryProtocol(buffer, strict_write=form == BINARY)
    protocol.write_message_begin(name, 1, sequence)
    assert buffer.getvalue() == message_head(form, 1, name.encode(), sequence)


@pytest.mark.parametrize("form", FORMS)
def test_multiplexed_calls(form: int) -> None:
    buffer = TMemoryBuffer()
    out = TMultiplexedProtocol(apache(form, buffer), "Users")
    out.writeMessageBegin("get", 1, 1)
    length = len(buffer.getvalue()) + 1
    message = read(length.to_bytes(4, "big") + buffer.getvalue() + b"\0")
    assert split_name(message.name) == (b"Users", b"get")


@given(forms, names, texts, st.integers(0, 10), sequences)
def test_exceptions_both_ways(form: int, name: str, text: str, code: int, sequence: int) -> None:
    frame = exception_frame(form, name.encode(), sequence, code, text)
    protocol = apache(form, TFramedTransport(TMemoryBuffer(frame)))
    assert protocol.readMessageBegin() == (name, 3, sequence)
    theirs = TApplicationException()
    theirs.read(protocol)
    assert (theirs.type, theirs.message) == (code, text)
    buffer = TMemoryBuffer()
    TApplicationException(code, text).write(apache(form, buffer))
    raw = buffer.getvalue()
    ours = read_exception(raw, 0, len(raw), form)
    assert (ours.code, ours.text, ours.fault) == (code, text, "")


@given(forms, structs(), st.integers(0, 2**15 - 1), st.sampled_from(sorted(WRITE)))
def test_results(form: int, fields: list[Any], number: int, kind: int) -> None:
    value: Any = "x" if kind == TType.STRING else 1
    for some, verdict in [
        ([(number, kind, value)], number or SUCCESS),
        ([(number, TType.STRUCT, fields)], number or SUCCESS),
        ([], VOID),
    ]:
        message = read(written(form, "get", 2, 1, some), calls=False)
        assert result(message.raw, message.body, message.stop, form) == verdict


ids = signed(64)
pairs = st.lists(st.tuples(texts, texts), max_size=17)


@pytest.fixture(scope="module")
def idl(tmp_path_factory: pytest.TempPathFactory) -> Any:
    file: Path = tmp_path_factory.mktemp("idl") / "tracing.thrift"
    file.write_text(IDL)
    return thriftpy2.load(str(file), module_name="tracing_thrift")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(form=st.sampled_from([BINARY, COMPACT]), data=st.data())
def test_headers_of_requests(idl: Any, form: int, data: st.DataObject) -> None:
    draw = data.draw
    contexts, delegations = draw(pairs), draw(pairs)
    theirs = idl.RequestHeader(
        trace_id=draw(ids),
        span_id=draw(ids),
        parent_span_id=draw(st.one_of(st.none(), ids)),
        sampled=draw(st.one_of(st.none(), st.booleans())),
        client_id=idl.ClientId(draw(texts.filter(bool))),
        flags=draw(st.one_of(st.none(), ids)),
        contexts=[idl.RequestContext(key.encode(), value.encode()) for key, value in contexts],
        dest="/" + draw(texts),
        delegations=[idl.Delegation(*pair) for pair in delegations] or None,
        trace_id_high=draw(st.one_of(st.none(), ids)),
    )
    buffer = Py2Buffer()
    protocols = {BINARY: py2_binary.TBinaryProtocol, COMPACT: py2_compact.TCompactProtocol}
    protocols[form](buffer).write_struct(theirs)
    raw = buffer.getvalue()
    ours = RequestHeader()
    assert ours.scan(raw, 0, len(raw), len(raw), form, 1 << 20) == len(raw)
    assert ours.trace_id == theirs.trace_id & (2**64 - 1)
    assert ours.sampled is theirs.sampled
    assert ours.client.decode() == theirs.client_id.name
    assert ours.destination.decode() == theirs.dest
    assert [(k.decode(), v.decode()) for k, v in ours.contexts] == contexts
    assert [(k.decode(), v.decode()) for k, v in ours.delegations] == delegations
    again = idl.RequestHeader()
    protocols[form](Py2Buffer(io.BytesIO(ours.written(form)).read())).read_struct(again)
    for one in (again, theirs):
        for context in one.contexts:
            # thriftpy2 gives text where it can.
            if isinstance(context.key, str):
                context.key = context.key.encode()
            if isinstance(context.value, str):
                context.value = context.value.encode()
    assert again == theirs

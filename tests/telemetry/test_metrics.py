"""The tree: one node a label, one metric a node, functions added up."""

from __future__ import annotations

import pytest

from linkerd.telemetry.metrics import Scope


@pytest.fixture
def root() -> Scope:
    return Scope()


def values(root: Scope) -> dict[str, object]:
    return {"/".join(labels): getattr(metric, "value", None) for labels, metric in root.walk()}


def test_the_same_name_is_the_same_metric(root: Scope) -> None:
    counter = root.counter("rt", "http", "requests")
    assert root.scope("rt", "http").counter("requests") is counter
    assert root.scope("rt").scope("http") is root.scope("rt", "http")
    assert root.stat("a", "b") is root.scope("a").stat("b")


def test_a_label_with_slashes_is_one_node(root: Scope) -> None:
    root.counter("server", "127.0.0.1/4140", "requests").value = 7
    assert root.find("server", "127.0.0.1/4140", "requests") is not None
    assert root.find("server", "127.0.0.1", "4140", "requests") is None
    assert [labels for labels, _ in root.walk()] == [("server", "127.0.0.1/4140", "requests")]


def test_a_node_has_a_metric_and_children(root: Scope) -> None:
    root.counter("failures").value = 3
    root.counter("failures", "Broken").value = 2
    assert values(root) == {"failures": 3, "failures/Broken": 2}


@pytest.mark.parametrize("second", ["counter", "stat", "gauge", "count_of"])
@pytest.mark.parametrize("first", ["counter", "stat", "gauge", "count_of"])
def test_one_name_has_one_kind(root: Scope, first: str, second: str) -> None:
    def make(kind: str) -> None:
        more = {"read": lambda: 1} if kind in ("gauge", "count_of") else {}
        getattr(root, kind)("a", "b", **more)

    make(first)
    if first == second:
        make(second)
    else:
        with pytest.raises(TypeError, match=r"^a/b is a "):
            make(second)


def test_gauges_are_summed_until_closed(root: Scope) -> None:
    one = root.gauge("load", read=lambda: 1)
    two = root.gauge("load", read=lambda: 2.5)
    gauge = root.scope("load").metric
    assert gauge.read() == 3.5
    one.close()
    one.close()
    assert gauge.read() == 2.5
    two.close()
    assert gauge.read() is None


def test_the_same_function_may_be_registered_twice(root: Scope) -> None:
    def read() -> int:
        return 2

    one = root.gauge("load", read=read)
    root.gauge("load", read=read)
    one.close()
    one.close()
    assert root.scope("load").metric.read() == 2


def test_what_was_counted_stays_counted(root: Scope) -> None:
    now = {"a": 5, "b": 7}
    a = root.count_of("adds", read=lambda: now["a"])
    root.count_of("adds", read=lambda: now["b"])
    reading = root.scope("adds").metric
    assert reading.read() == 12
    a.close()
    now["a"] = 100
    now["b"] = 8
    assert reading.read() == 13


def test_pruned_metrics_count_on_unseen(root: Scope) -> None:
    client = root.scope("rt", "client", "#/io.l5d.fs/web")
    old = client.counter("requests")
    root.counter("rt", "client", "other").value = 1
    client.prune()
    client.prune()
    old.value += 1
    assert values(root) == {"rt/client/other": 1}
    assert root.scope("rt", "client", "#/io.l5d.fs/web").counter("requests") is not old


def test_pruning_the_old_node_spares_the_new_one(root: Scope) -> None:
    old = root.scope("client")
    old.prune()
    root.counter("client", "requests")
    old.prune()
    assert values(root) == {"client/requests": 0}


def test_labels_lead_from_the_root(root: Scope) -> None:
    assert root.labels() == ()
    assert root.scope("a", "b/c", "d").labels() == ("a", "b/c", "d")


def test_find_makes_nothing(root: Scope) -> None:
    assert root.find("a", "b") is None
    assert root.children() == []
    assert root.find() is root


def test_walk_goes_in_order_and_survives_change(root: Scope) -> None:
    for name in ("b", "a", "c"):
        root.counter(name, "x")
        root.counter(name)
    seen = []
    for labels, _ in root.walk():
        seen.append("/".join(labels))
        root.counter("new", *labels)
        root.scope("a").prune()
    assert seen[:2] == ["b", "b/x"]
    assert seen[-2:] == ["c", "c/x"]

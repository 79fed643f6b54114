"""The page of open connections, and the same as JSON."""

from __future__ import annotations

import json

import attrs

from linkerd.admin.connections import MOST, connection_table, connections_json
from linkerd.admin.view import ConnectionView

ONE = ConnectionView(
    "db",
    "127.0.0.1/4145",
    "192.0.2.1:7",
    "joined",
    3725.0,
    1,
    2048,
    10,
    "/svc/<db>",
    "/#/io.l5d.fs/db",
    "127.0.0.1:5432",
)


def test_a_row_tells_whose_it_is_and_where_it_goes() -> None:
    shown = "".join(connection_table([ONE]))
    for text in ("192.0.2.1:7", "db 127.0.0.1/4145", "joined", "127.0.0.1:5432", "/svc/&lt;db&gt;"):
        assert text in shown


def test_of_many_the_oldest() -> None:
    many = [attrs.evolve(ONE, age_s=float(age), client=f"c{age}.") for age in range(MOST + 2)]
    shown = "".join(connection_table(many))
    assert f"{MOST + 2:,}, of which these {MOST:,}" in shown
    assert "c2." in shown
    assert "c1." not in shown
    assert shown.index(f"c{MOST + 1}.") < shown.index("c2.")


def test_none() -> None:
    assert ">none<" in "".join(connection_table([]))


def test_json_has_all() -> None:
    found = json.loads("".join(connections_json([ONE, ONE])))
    assert found == [attrs.asdict(ONE)] * 2
    assert json.loads("".join(connections_json([]))) == []

"""The whole configuration, and what its parts must not do to each other."""

from __future__ import annotations

import pytest

from linkerd.errors import ConfigError
from linkerd.linker import load, overlap

ROUTER = "- protocol: http\n  label: {label}\n  servers:\n"


def config(*routers: tuple[str, tuple[str, ...]], rest: str = "") -> str:
    text = "routers:\n"
    for label, servers in routers:
        text += ROUTER.format(label=label)
        text += "".join(f"  - {{{server}}}\n" for server in servers)
    return text + rest


def faults(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text, "l5d.yaml")
    return [str(fault) for fault in caught.value.faults]


def test_the_smallest() -> None:
    whole = load(config(("a", ("port: 1",))), "x")
    assert [router.label for router in whole.routers] == ["a"]
    assert (whole.admin.port, whole.namers, whole.telemetry) == (9990, (), ())
    assert whole.usage.enabled is False


def test_json_is_read_too() -> None:
    assert load('{"routers": [{"protocol": "http", "servers": [{}]}]}', "x").routers


def test_no_routers() -> None:
    assert faults("routers: []\n") == [
        "l5d.yaml:1:10: routers: At least one router must be specified in the configuration."
        " [L5D-4008]"
    ]
    (fault,) = faults("admin: {port: 1}\n")
    assert fault.startswith("l5d.yaml:1:1: routers: ")


def test_no_servers() -> None:
    assert faults("routers:\n- protocol: http\n  servers: []\n") == [
        "l5d.yaml:3:12: routers[0].servers: router 'http' has no servers [L5D-4008]"
    ]


def test_labels() -> None:
    assert faults(config(("a", ("port: 1",)), ("b", ("port: 2",)), ("a", ("port: 3",)))) == [
        "l5d.yaml:11:10: routers[2].label: Multiple routers with the label a"
        " (expected a label other than that of routers[0].label) [L5D-4008]"
    ]


def test_labels_that_were_not_written() -> None:
    text = "routers:\n- protocol: http\n  servers: [{port: 1}]\n"
    assert faults(text + "- protocol: http\n  servers: [{port: 2}]\n") == [
        "l5d.yaml:4:3: routers[1]: Multiple routers with the label http"
        " (expected a label other than that of routers[0]) [L5D-4008]"
    ]


def test_ports_of_one_router() -> None:
    assert faults(config(("a", ("port: 1", "port: 1")))) == [
        "l5d.yaml:6:12: routers[0].servers[1].port: Server conflict on port 1"
        " (expected a port other than that of routers[0].servers[0].port) [L5D-4008]"
    ]


def test_ports_of_two_routers_and_everything_at_once() -> None:
    text = config(("a", ("port: 1", "port: 2")), ("a", ("port: 2", "port: 1")))
    assert [fault.split(": ")[0] for fault in faults(text)] == [
        "l5d.yaml:8:10",
        "l5d.yaml:10:12",
        "l5d.yaml:11:12",
    ]


def test_a_port_on_all_addresses_is_taken_on_each() -> None:
    for one, other in (
        ("ip: 0.0.0.0, port: 1", "port: 1"),
        ("port: 1", "ip: 0.0.0.0, port: 1"),
        ('ip: "::", port: 1', "port: 1"),
        ('ip: "::1", port: 1', 'ip: "::", port: 1'),
    ):
        (fault,) = faults(config(("a", (one, other))))
        assert "Server conflict on port 1" in fault


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("port: 1", "port: 2"),
        ("port: 0", "port: 0"),
        ("ip: 127.0.0.1, port: 1", "ip: 127.0.0.2, port: 1"),
        ("ip: 0.0.0.0, port: 1", 'ip: "::1", port: 1'),
    ],
)
def test_ports_that_do_not_conflict(one: str, other: str) -> None:
    load(config(("a", (one, other))), "x")


def test_the_admin_port_where_it_is_written() -> None:
    assert faults(config(("a", ("port: 1",)), rest="admin:\n  port: 1\n")) == [
        "l5d.yaml:7:9: admin.port: Server conflict on port 1"
        " (expected a port other than that of routers[0].servers[0].port) [L5D-4008]"
    ]


def test_the_admin_port_that_nobody_wrote() -> None:
    assert faults(config(("a", ("port: 9990",)))) == [
        "l5d.yaml:5:12: routers[0].servers[0].port: Server conflict on port 9990"
        " (expected a port other than the admin port) [L5D-4008]"
    ]


def logging(*logs: tuple[str, str]) -> str:
    routers = [
        f"- {{protocol: http, label: r{port}, servers: [{{port: {port}}}],"
        f" httpAccessLog: {file}, httpAccessLogRollPolicy: {policy}}}\n"
        for port, (file, policy) in enumerate(logs, 1)
    ]
    return "routers:\n" + "".join(routers)


@pytest.mark.parametrize("policies", [("daily", "never"), ("sighup", "3.megabytes")])
def test_a_log_file_that_is_rolled_has_one_router(policies: tuple[str, str]) -> None:
    one, other = policies
    (fault,) = faults(logging(("/x/../a.log", one), ("/b.log", one), ("/a.log", other)))
    assert fault == (
        "l5d.yaml:4:68: routers[2].httpAccessLog: /a.log is rolled, so it cannot have the lines of"
        " two routers (expected a file other than that of routers[0].httpAccessLog) [L5D-4008]"
    )


@pytest.mark.parametrize(
    ("file", "policies"), [("/a.log", ("never", "sighup")), ("-", ("never", "never"))]
)
def test_other_log_files_may_be_shared(file: str, policies: tuple[str, str]) -> None:
    assert len(load(logging(*[(file, policy) for policy in policies]), "x").routers) == 2


def test_overlap_is_symmetric() -> None:
    ips = ["127.0.0.1", "0.0.0.0", "::", "::1"]
    for one in ips:
        assert overlap(one, one)
        for other in ips:
            assert overlap(one, other) == overlap(other, one)


def test_usage_is_accepted_and_unused() -> None:
    text = config(("a", ("port: 1",)), rest="usage: {orgId: me, enabled: true}\n")
    assert load(text, "x").usage.org_id == "me"


def test_announcers_belong_to_a_router() -> None:
    (fault,) = faults(config(("a", ("port: 1",)), rest="announcers: []\n"))
    assert "announcers belong to a router" in fault

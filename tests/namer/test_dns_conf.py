"""resolv.conf and the search list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.namer.dns_conf import ResolvConf, Server, candidates, read_resolv_conf, server_of

USUAL = ResolvConf()


@pytest.mark.parametrize(
    ("text", "conf"),
    [
        ("", USUAL),
        ("nameserver 10.0.0.1", ResolvConf((Server("10.0.0.1"),))),
        (
            "nameserver 10.0.0.1 # first\nnameserver fe80::1%eth0\nnameserver ::1\nnameserver ::2",
            ResolvConf((Server("10.0.0.1"), Server("fe80::1%eth0"), Server("::1"))),
        ),
        ("nameserver [127.0.0.1]:5353", ResolvConf((Server("127.0.0.1", 5353),))),
        ("nameserver\nnameserver x\n# nameserver 10.0.0.1\n;nameserver 10.0.0.1\n", USUAL),
        ("search a.test b.test.", ResolvConf(search=("a.test", "b.test"))),
        ("search a.test\ndomain c.test d.test", ResolvConf(search=("c.test",))),
        ("domain c.test\nsearch a.test", ResolvConf(search=("a.test",))),
        ("search .", ResolvConf(search=("",))),
        (
            "options ndots:5 timeout:1\noptions attempts:2 rotate no-aaaa edns0",
            ResolvConf(ndots=5, timeout_s=1, attempts=2, rotate=True, ipv6=False),
        ),
        ("options ndots:99 timeout:99 attempts:99", ResolvConf(ndots=15, timeout_s=30, attempts=5)),
        ("options timeout:0 attempts:0 ndots:0", ResolvConf(ndots=0, timeout_s=1, attempts=1)),
        ("options ndots timeout:x attempts:-1", USUAL),
    ],
)
def test_the_file_is_read_as_the_c_library_reads_it(text: str, conf: ResolvConf) -> None:
    assert read_resolv_conf(text, "web") == conf


def test_the_domain_of_the_machine_is_searched_if_nothing_is_said() -> None:
    assert read_resolv_conf("", "web.example.test").search == ("example.test",)
    assert read_resolv_conf("search a", "web.example.test").search == ("a",)


@given(st.text(alphabet="nameservropti:.0129 \n#;search", max_size=80), st.text(max_size=10))
def test_any_text_is_read(text: str, hostname: str) -> None:
    conf = read_resolv_conf(text, hostname)
    assert 1 <= len(conf.servers) <= 3


@pytest.mark.parametrize(
    "text", ["", "ns.example", "10.0.0.1:53", "[10.0.0.1]:0", "[::1]:x", "[::1]:65536", "[::1"]
)
def test_what_is_no_server(text: str) -> None:
    assert server_of(text) in (None, Server("::1") if text == "[::1" else None)


SEARCH = ResolvConf(search=("a.test", "b.test"))


@pytest.mark.parametrize(
    ("name", "conf", "tried"),
    [
        ("web", SEARCH, ("web.a.test", "web.b.test", "web")),
        ("web.x", SEARCH, ("web.x", "web.x.a.test", "web.x.b.test")),
        ("web.x.", SEARCH, ("web.x",)),
        ("web.", SEARCH, ("web",)),
        ("web", USUAL, ("web",)),
        ("a.b.c", ResolvConf(search=("s",), ndots=3), ("a.b.c.s", "a.b.c")),
        ("a.b.c", ResolvConf(search=("s",), ndots=2), ("a.b.c", "a.b.c.s")),
        ("web", ResolvConf(search=("",)), ("web",)),
        ("web", ResolvConf(search=("", "s"), ndots=0), ("web", "web.s")),
        ("x" * 250, ResolvConf(search=("long",)), ("x" * 250,)),
    ],
)
def test_names_are_tried_in_glibcs_order(
    name: str, conf: ResolvConf, tried: tuple[str, ...]
) -> None:
    assert candidates(name, conf) == tried

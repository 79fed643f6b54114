"""The rewriting namers, as a table: what follows the namer's name, and what comes of it.

The rows that have a sub-domain and a path behind it are those of Linkerd's own tests.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd.name.path import Path
from linkerd.namer.rewriting import REWRITES

HOSTPORT, PORTHOST = "io.buoyant.hostportPfx", "io.buoyant.porthostPfx"
HTTP = "io.buoyant.http."
LABEL_63, LABEL_64 = "a" * 63, "a" * 64

ROWS = [
    (HOSTPORT, "/ia/127.1:8080/etc", "/ia/127.1/8080/etc"),
    (HOSTPORT, "/ia/google.com:8180/etc/x", "/ia/google.com/8180/etc/x"),
    (HOSTPORT, "/ia/Web:http", "/ia/Web/http"),
    (HOSTPORT, "/ia/web:a-", "/ia/web/a-"),
    (HOSTPORT, "/ia/web:0", "/ia/web/0"),
    (HOSTPORT, f"/ia/web:{LABEL_63}", f"/ia/web/{LABEL_63}"),
    (HOSTPORT, f"/ia/web:{LABEL_64}", None),
    (HOSTPORT, "/ia/web:80:", "/ia/web/80"),
    (HOSTPORT, "/ia/google.com:8180:abcdef/etc", None),
    (HOSTPORT, "/ia/web:HTTP", None),
    (HOSTPORT, "/ia/web:-a", None),
    (HOSTPORT, "/ia/web:a_b", None),
    (HOSTPORT, "/ia/web:", None),
    (HOSTPORT, "/ia/web", None),
    (HOSTPORT, "/ia/:", None),
    (HOSTPORT, "/ia/::1", None),
    (HOSTPORT, "/ia", None),
    (HOSTPORT, "/", None),
    (PORTHOST, "/ia/127.1:8080/etc", "/ia/8080/127.1/etc"),
    (PORTHOST, "/ia/web:http", "/ia/http/web"),
    (PORTHOST, "/ia/web", None),
    (PORTHOST, "/ia/web:80:90", None),
    (PORTHOST, "/web:80", None),
    (HTTP + "anyMethod", "/GET/foo/bar", "/foo/bar"),
    (HTTP + "anyMethod", "/GET", "/"),
    (HTTP + "anyMethod", "/get/foo", None),
    (HTTP + "anyMethod", "/A.B/foo", None),
    (HTTP + "anyMethod", "/", None),
    (HTTP + "anyMethodPfx", "/foo/GET/bar/bah", "/foo/bar/bah"),
    (HTTP + "anyMethodPfx", "/foo/PURGE", "/foo"),
    (HTTP + "anyMethodPfx", "/foo/A.B/bar", None),
    (HTTP + "anyMethodPfx", "/GET", None),
    (HTTP + "anyMethodPfx", "/", None),
    (HTTP + "anyHost", "/a.b/foo/bar/bah", "/foo/bar/bah"),
    (HTTP + "anyHost", "/A_b-c.d:80/foo", "/foo"),
    (HTTP + "anyHost", "/fe80::1/foo", "/foo"),
    (HTTP + "anyHost", "/a%b/foo", None),
    (HTTP + "anyHost", "/", None),
    (HTTP + "anyHostPfx", "/foo/a.b/bar/bah", "/foo/bar/bah"),
    (HTTP + "anyHostPfx", "/foo/::1", "/foo"),
    (HTTP + "anyHostPfx", "/foo/a%b/bar", None),
    (HTTP + "anyHostPfx", "/foo", None),
    (HTTP + "subdomainOf", "/a.b/foo.a.b/bar/bah", "/foo/bar/bah"),
    (HTTP + "subdomainOf", "/a.b/foo.bar.a.b", "/foo.bar"),
    (HTTP + "subdomainOf", "/a.b/foo.a.b:9090/bah", "/foo/bah"),
    (HTTP + "subdomainOf", "/A.b/Foo.A.b", "/Foo"),
    (HTTP + "subdomainOf", "/a.b/foo.A.b", None),
    (HTTP + "subdomainOf", "/a.b/a.b/bar", None),
    (HTTP + "subdomainOf", "/a.b/.a.b/bar", None),
    (HTTP + "subdomainOf", "/a.b/fooa.b", None),
    (HTTP + "subdomainOf", "/a.b/foo.a.b.c", None),
    (HTTP + "subdomainOf", "/a.b:80/foo.a.b:80", None),
    (HTTP + "subdomainOf", "/a.b/:foo.a.b", "/:foo"),
    (HTTP + "subdomainOf", "/a%b/foo.a%b", None),
    (HTTP + "subdomainOf", "/a.b/foo%.a.b", None),
    (HTTP + "subdomainOf", "/a.b", None),
    (HTTP + "subdomainOf", "/", None),
    (HTTP + "subdomainOfPfx", "/a.b/foo/bar.a.b/bah", "/foo/bar/bah"),
    (HTTP + "subdomainOfPfx", "/a.b/foo/bar_suffix.a.b/bah", "/foo/bar_suffix/bah"),
    (HTTP + "subdomainOfPfx", "/a.b/foo/bar-suffix.a.b/bah", "/foo/bar-suffix/bah"),
    (HTTP + "subdomainOfPfx", "/a.b/foo/bar.a.b:9090/bah", "/foo/bar/bah"),
    (HTTP + "subdomainOfPfx", "/a.b/foo/a.b/bah", None),
    (HTTP + "subdomainOfPfx", "/a.b/foo.a.b", None),
    (HTTP + "subdomainOfPfx", "/a.b", None),
    (HTTP + "subdomainOfPfx", "/", None),
    (HTTP + "domainToPath", "/foo.buoyant.io", "/io/buoyant/foo"),
    (HTTP + "domainToPath", "/Foo.io:80/x", "/io:80/Foo/x"),
    (HTTP + "domainToPath", "/foo.io./x", "/io/foo/x"),
    (HTTP + "domainToPath", "/./x", "/x"),
    (HTTP + "domainToPath", "/web/x", "/web/x"),
    (HTTP + "domainToPath", "/a%b", None),
    (HTTP + "domainToPath", "/", None),
    (HTTP + "domainToPathPfx", "/pfx/foo.buoyant.io", "/pfx/io/buoyant/foo"),
    (HTTP + "domainToPathPfx", "/pfx/foo.io/res/name", "/pfx/io/foo/res/name"),
    (HTTP + "domainToPathPfx", "/pfx", None),
    (HTTP + "domainToPathPfx", "/", None),
]


@pytest.mark.parametrize(("name", "path", "expected"), ROWS)
def test_rewrite(name: str, path: str, expected: str | None) -> None:
    segments = REWRITES[name](Path.read(path).elements)
    assert (None if segments is None else Path(segments).show()) == expected


@pytest.mark.parametrize(
    ("name", "segments", "expected"),
    [
        (HOSTPORT, (b"\xff", b"a b:80", b"\xfe"), (b"\xff", b"a b", b"80", b"\xfe")),
        (HOSTPORT, (b"ia", b":80"), (b"ia", b"", b"80")),
        (HOSTPORT, (b"ia", b"web:80\n"), None),
        (HTTP + "anyMethod", (b"GET\n", b"x"), None),
        (HTTP + "anyHost", (b"web\n", b"x"), None),
        (HTTP + "anyHost", (b"", b"x"), None),
        (HTTP + "subdomainOf", (b"", b"foo."), None),
        (HTTP + "anyHostPfx", (b"\xff", b"web", b"\xfe"), (b"\xff", b"\xfe")),
        (HTTP + "domainToPath", (b"a..b",), (b"b", b"", b"a")),
        (HTTP + "domainToPath", (b".a",), (b"a", b"")),
    ],
)
def test_bytes(name: str, segments: tuple[bytes, ...], expected: object) -> None:
    assert REWRITES[name](segments) == expected


@given(st.sampled_from(sorted(REWRITES)), st.lists(st.binary(max_size=6), max_size=5))
def test_what_follows_is_never_touched(name: str, path: list[bytes]) -> None:
    rewritten = REWRITES[name](tuple(path))
    behind = REWRITES[name]((*path, b"\xffend"))
    if rewritten is not None:
        assert behind == (*rewritten, b"\xffend")

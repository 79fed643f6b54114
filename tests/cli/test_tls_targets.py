from __future__ import annotations

import pytest

from linkerd.cli import tls_test
from linkerd.cli.given import WrongUse
from linkerd.cli.tls_targets import find
from linkerd.linker import load

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture
def found(secured):
    def look(name, label=None):
        config = load(secured.read_text(), str(secured))

        async def work(runtime):
            return await find(config, name, label, 2.0, runtime)

        return tls_test.run_once(work)

    return look


def test_a_name(found):
    (routed,) = found("users")
    assert routed.explained["router"] == "out", "the other speaks no TLS with anybody"
    (target,) = routed.targets
    assert target.client_id == "/$/inet/127.0.0.1/81"
    assert target.addresses == (("127.0.0.1", 81),)
    assert (target.count, target.timeout_s) == (1, 1.0)
    assert target.security.server_name == "users.internal"
    assert target.security.context() is not None, "also when all else is closed"
    assert target.refusal is None


def test_the_id_of_a_client(found):
    (routed,) = found("/$/inet/127.0.0.1/82")
    assert [each.client_id for each in routed.targets] == ["/$/inet/127.0.0.1/82"]


def test_every_branch(found):
    (routed,) = found("half")
    assert [each.addresses for each in routed.targets] == [
        (("127.0.0.1", 81),),
        (("127.0.0.1", 82),),
    ]


def test_tls_that_is_switched_off(found):
    (target,) = found("off")[0].targets
    assert target.security is None
    assert not target.section.enabled


def test_a_router_without_tls(found):
    (routed,) = found("users", "plain")
    (target,) = routed.targets
    assert (target.section, target.security) == (None, None)


def test_a_name_that_cannot_be_made(found):
    (target,) = found("bad")[0].targets
    assert target.security is None
    assert target.refusal.code == "L5D-2013"


def test_a_name_that_leads_nowhere(found):
    (routed,) = found("nobody")
    assert routed.targets == ()
    assert routed.explained["verdict"]["code"] == "L5D-1101"


@pytest.mark.parametrize(("name", "label"), [("a b c", None), ("users", "nope")])
def test_wrong_use(found, name, label):
    with pytest.raises(WrongUse):
        found(name, label)

"""Contexts, made when they are asked for."""

from __future__ import annotations

from tests.support.certificates import ca, leaf

from linkerd.tls.recipe import ClientRecipe, Made, ServerRecipe

from .handshaking import NAME, SslEnd, StockEnd, material, shake

ROOT = ca()
SERVER = Made(ServerRecipe(client_auth=True), material(leaf(NAME, issuer=ROOT), trust=(ROOT,)))
CLIENT = Made(ClientRecipe(), material(leaf("client", issuer=ROOT), trust=(ROOT,)))


def test_on_either_carrier() -> None:
    server = SslEnd(SERVER.ssl(), server=True)
    shake(SslEnd(CLIENT.ssl(), server=False, name=NAME), server)
    assert server.peer() == CLIENT.material.identities[0].certificate.public_bytes(_der())
    shake(StockEnd(CLIENT.stock(), server=False, name=NAME), StockEnd(SERVER.stock(), server=True))


def _der() -> object:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


def test_made_once() -> None:
    made = Made(ClientRecipe(), CLIENT.material)
    assert made.ssl() is made.ssl()
    assert made.stock() is made.stock()


def test_what_follows_has_what_was_asked_for_before() -> None:
    asked = Made(ClientRecipe(), CLIENT.material)
    asked.ssl()
    made = Made(ClientRecipe(), CLIENT.material).like(asked)
    assert made._ssl is not None
    assert made._stock is None


def test_recipes_are_what_they_say() -> None:
    assert ClientRecipe(verify=False) != ClientRecipe() == ClientRecipe()
    assert len({ClientRecipe(), ClientRecipe(), ServerRecipe()}) == 2

"""How contexts are made of material: for a server, for a client, on either carrier.

In: what a configuration says, but for its files. Out: contexts. Two sections with the same recipe
and the same files share what is made of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from linkerd._typing import override
from linkerd.tls import ssl_context, stock_context
from linkerd.tls.policy import INTERMEDIATE_POLICY, Policy

if TYPE_CHECKING:
    import ssl

    import OpenSSL.SSL

    from linkerd.tls.material import Material


@attrs.frozen
class Recipe:
    """What both sides have."""

    policy: Policy = INTERMEDIATE_POLICY
    alpn: tuple[str, ...] = ()

    def ssl(self, material: Material) -> ssl.SSLContext:
        """A context for the engine's sockets."""
        raise NotImplementedError

    def stock(self, material: Material) -> OpenSSL.SSL.Context:
        """A context for Twisted's endpoints."""
        raise NotImplementedError


@attrs.frozen
class ServerRecipe(Recipe):
    """For those who connect."""

    client_auth: bool = False
    names: bool = False

    @override
    def ssl(self, material: Material) -> ssl.SSLContext:
        return ssl_context.server_context(
            material, self.policy, self.alpn, client_auth=self.client_auth, names=self.names
        )

    @override
    def stock(self, material: Material) -> OpenSSL.SSL.Context:
        return stock_context.server_context(
            material, self.policy, self.alpn, client_auth=self.client_auth
        )


@attrs.frozen
class ClientRecipe(Recipe):
    """For endpoints."""

    verify: bool = True

    @override
    def ssl(self, material: Material) -> ssl.SSLContext:
        return ssl_context.client_context(material, self.policy, self.alpn, verify=self.verify)

    @override
    def stock(self, material: Material) -> OpenSSL.SSL.Context:
        return stock_context.client_context(material, self.policy, self.alpn, verify=self.verify)


class Made:
    """Material and the contexts made of it, each when it is asked for first."""

    __slots__ = ("_recipe", "_ssl", "_stock", "material")

    def __init__(self, recipe: Recipe, material: Material) -> None:
        self._recipe = recipe
        self._ssl: ssl.SSLContext | None = None
        self._stock: OpenSSL.SSL.Context | None = None
        self.material = material

    def ssl(self) -> ssl.SSLContext:
        """The engine's context."""
        if self._ssl is None:
            self._ssl = self._recipe.ssl(self.material)
        return self._ssl

    def stock(self) -> OpenSSL.SSL.Context:
        """Twisted's context."""
        if self._stock is None:
            self._stock = self._recipe.stock(self.material)
        return self._stock

    def like(self, other: Made) -> Made:
        """Make now what has been asked of another, as a worker should. Raises OpenSSL's errors."""
        if other._ssl is not None:
            self.ssl()
        if other._stock is not None:
            self.stock()
        return self


__all__ = ["ClientRecipe", "Made", "Recipe", "ServerRecipe"]

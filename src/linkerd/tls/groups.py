"""Which groups a server agrees on keys in: those of Mozilla's intermediate profile.

In come contexts of either carrier; out they go with fewer groups than OpenSSL's own. The others are
not weak, but cost much, and nobody needs them. The `ssl` module can set one group or all, before
Python 3.15, so OpenSSL itself is asked there: by its C interface, for the context whose address is
the first thing behind an object's head. Where that cannot be, OpenSSL's own groups stay.
"""

from __future__ import annotations

import ctypes
import ssl
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import OpenSSL.SSL

GROUPS = "X25519:P-256:P-384"
HYBRID = "X25519MLKEM768:"
"""The one that holds against quantum computers goes first where OpenSSL knows it."""
SINCE = (3, 5)
SET_GROUPS_LIST = 92
"""SSL_CTRL_SET_GROUPS_LIST of openssl/ssl.h."""
LAID_OUT_ALIKE = ((3, 11), (3, 15))
"""The versions of CPython whose contexts are known to begin with OpenSSL's."""


def groups(version: tuple[int, ...]) -> str:
    """The groups for a version of OpenSSL."""
    return (HYBRID if version[:2] >= SINCE else "") + GROUPS


def restrict(context: ssl.SSLContext) -> bool:
    """Leave a context of the `ssl` module these groups only; False where that cannot be."""
    wanted = groups(ssl.OPENSSL_VERSION_INFO)
    if hasattr(context, "set_groups"):
        context.set_groups(wanted)
        return True
    control = _control()
    if control is None:
        return False
    address = ctypes.c_void_p.from_address(id(context) + object.__basicsize__)
    return bool(control(address, SET_GROUPS_LIST, 0, wanted.encode("ascii")))


@cache
def _control() -> Any:
    """OpenSSL's `SSL_CTX_ctrl`, of the library that the `ssl` module uses; None if it is hidden."""
    first, beyond = LAID_OUT_ALIKE
    if sys.implementation.name != "cpython" or not first <= sys.version_info[:2] < beyond:
        return None
    try:
        import _ssl

        found = ctypes.CDLL(_ssl.__file__).SSL_CTX_ctrl
    except (ImportError, AttributeError, OSError):
        return None
    found.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_char_p]
    found.restype = ctypes.c_long
    return found


def restrict_stock(context: OpenSSL.SSL.Context) -> bool:
    """The same for a context of pyOpenSSL."""
    from OpenSSL import SSL

    number = SSL.OPENSSL_VERSION_NUMBER
    wanted = groups((number >> 28, number >> 20 & 0xFF)).encode("ascii")
    library: Any = SSL._lib  # type: ignore[attr-defined]
    return bool(library.SSL_CTX_set1_curves_list(context._context, wanted))


__all__ = ["GROUPS", "groups", "restrict", "restrict_stock"]

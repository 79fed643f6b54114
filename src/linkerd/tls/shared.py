"""The TLS material of a process, which there is only once somebody has TLS.

In: a runtime. Out: the one `Store`, made when it is asked for first; without TLS in a configuration
there is no descriptor and no watching. Owned by the assembly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linkerd.runtime import Runtime
    from linkerd.tls.store import Store


class SharedStore:
    """The store, or none yet. `runtime` counts in the root of the metrics tree."""

    def __init__(self, runtime: Runtime, made: Store | None = None) -> None:
        self._runtime = runtime
        self._made = made

    def get(self) -> Store:
        """Give the store."""
        if self._made is None:
            from linkerd.tls.store import mk_store

            self._made = mk_store(self._runtime)
        return self._made

    def state(self) -> list[dict[str, Any]]:
        """Describe what is in use; nothing without TLS."""
        return self._made.state() if self._made is not None else []

    def faults(self) -> list[str]:
        """Why new files are not in use, one line each."""
        return self._made.faults() if self._made is not None else []

    def close(self) -> None:
        """Let go of all of it."""
        if self._made is not None:
            self._made.close()


__all__ = ["SharedStore"]

"""All TLS material of a process: read once, shared by whoever names the same files, and followed.

In: recipes and paths. Out: the `Rotation` of each, which stays for as long as the process does;
the number of them is bounded by the configuration, since names of endpoints are no part of them.
Made by the assembly; numbers are below `tls` of the process's metrics.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from linkerd.logger import make_logger
from linkerd.tls.expiry import Expiry
from linkerd.tls.rotation import Rotation
from linkerd.watch.files import Files
from linkerd.watch.inotify import open_inotify
from linkerd.watch.worker import ThreadWorker

if TYPE_CHECKING:
    from linkerd.runtime import Runtime
    from linkerd.tls.material import Sources
    from linkerd.tls.recipe import Recipe
    from linkerd.watch.watches import Watcher
    from linkerd.watch.worker import Worker

log = make_logger()


class Store:
    """Rotations by recipe and files."""

    def __init__(self, runtime: Runtime, worker: Worker, files: Files) -> None:
        self._runtime = runtime
        self._worker = worker
        self._files = files
        self._scope = runtime.metrics.scope("tls")
        self._expiry = Expiry(runtime, self._scope)
        self._kept: dict[tuple[Recipe, Sources], Rotation] = {}
        self._told: set[str] = set()

    def rotation(self, recipe: Recipe, sources: Sources) -> Rotation:
        """Give what is kept for these, or read it: that blocks, and so it is for the start.

        Raises `BadPem`.
        """
        kept = self._kept.get((recipe, sources))
        if kept is None:
            kept = Rotation(self._runtime, self._scope, self._worker, recipe, sources)
            kept.prepare(getattr(self._runtime.network, "name", "") == "twisted")
            self._kept[recipe, sources] = kept
            swapped = partial(self._count, kept)
            kept.swapped.append(swapped)
            swapped()
            if sources.paths:
                self._files.follow(sources.paths, kept.changed)
        return kept

    def warn_once(self, text: str) -> None:
        """Say something at the start that would else be said for each client."""
        if text not in self._told:
            self._told.add(text)
            log.warn("{text}", text=text)

    def _count(self, rotation: Rotation) -> None:
        for file, certificates in rotation.current.material.by_file().items():
            self._expiry.use(file, certificates)

    def state(self) -> list[dict[str, Any]]:
        """Describe all of it for the admin page."""
        return [each.record() for each in self._kept.values()]

    def faults(self) -> list[str]:
        """Why files are not in use, one line each; none if all is well."""
        return list(dict.fromkeys(each.fault for each in self._kept.values() if each.fault))

    def close(self) -> None:
        """Give back descriptor, thread, timers and gauges."""
        for each in self._kept.values():
            each.close()
        self._expiry.close()
        self._files.close()


def mk_store(
    runtime: Runtime, worker: Worker | None = None, watcher: Watcher | None = None
) -> Store:
    """Make a store, with a thread and an inotify descriptor of its own unless they are given."""
    worker = ThreadWorker(runtime.reactor, "linkerd-tls") if worker is None else worker
    files = Files(runtime, worker)
    if watcher is None:
        watcher = open_inotify(runtime.reactor, files.event)
    if watcher is not None:
        files.watch_with(watcher)
    return Store(runtime, worker, files)


__all__ = ["Store", "mk_store"]

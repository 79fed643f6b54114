"""Material in use, and what takes its place when files change.

In: the paths, a recipe, word that files may have changed. Out: `current`, for new connections; a
line of the log per change, counters, and a record for the admin page. Owned by the store.

New files are read and checked aside, in the worker's thread, and contexts made of them there. What
is bad changes nothing but the record. Since certificate and key are two files, and not everybody
replaces both at once, what is bad is an error only if it is still so some seconds later.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

from OpenSSL import SSL, crypto

from linkerd.logger import make_logger
from linkerd.tls.described import clean, described, subject_of, told
from linkerd.tls.pem import BadPem
from linkerd.tls.recipe import Made, Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted.python.failure import Failure

    from linkerd.runtime import Runtime
    from linkerd.telemetry.metrics import Scope
    from linkerd.tls.material import Sources
    from linkerd.watch.worker import Worker

log = make_logger()

OPENSSL_ERRORS = (ssl.SSLError, SSL.Error, crypto.Error)

GRACE_S = 10.0
"""How long files may not be good, or not fit, before that is an error."""


class BadMaterial(BadPem):
    """Files that are good each by itself, and of which no better material can be made."""


class Rotation:
    """The material of one recipe and one set of files.

    `fault` says why the files as they are now are not in use ("" if they are), `waiting` why they
    may be in the middle of a change. Making one reads the files and raises `BadPem`.
    """

    def __init__(
        self, runtime: Runtime, scope: Scope, worker: Worker, recipe: Recipe, sources: Sources
    ) -> None:
        self.sources = sources
        self.fault = ""
        self.waiting = ""
        self.swapped: list[Callable[[], None]] = []
        self._recipe = recipe
        self._runtime = runtime
        self._worker = worker
        self._reloads = scope.counter("reloads")
        self._failed = scope.counter("reloads_failed")
        self._timer: Any = None
        self._out = False
        self._again = False
        self._since = self._loaded_at = runtime.wall()
        self.current = Made(recipe, sources.read())
        self._tell_warnings()
        late = self.current.material.out_of_date(runtime.wall())
        if late:
            log.error("TLS: {late}; peers will refuse it", late=late)

    def prepare(self, stock: bool) -> Rotation:
        """Make the context that will be asked for, so that no connection waits for it.

        Raises `BadPem`.
        """
        try:
            _ = self.current.stock() if stock else self.current.ssl()
        except OPENSSL_ERRORS as error:
            raise BadPem(self._files(), _refused(error)) from None
        return self

    def changed(self) -> None:
        """The files may be others now: read them, one reading at a time."""
        if self._out:
            self._again = True
            return
        self._out = True
        answer = self._worker.ask(self._load)
        answer.addCallbacks(self._loaded, self._unread)
        answer.addErrback(_told_wrong)

    def _load(self) -> Made:
        """In the worker's thread. The wall clock is only read."""
        material = self.sources.read()
        old = self.current
        if material == old.material:
            return old
        now = self._runtime.wall()
        late = material.out_of_date(now)
        if late and not old.material.out_of_date(now):
            raise BadMaterial("", f"{late}; what is in use still holds")
        return Made(self._recipe, material).like(old)

    def _loaded(self, made: Made) -> None:
        self._out = False
        self._settled()
        if self.fault:
            self.fault = ""
            log.info("TLS: {files} are good again", files=self._files())
        if made is not self.current:
            self.current = made
            self._loaded_at = self._runtime.wall()
            self._reloads.value += 1
            log.info("TLS: new connections use {what}", what=self._what())
            self._tell_warnings()
            for follower in self.swapped:
                follower()
        self._next()

    def _unread(self, failure: Failure) -> None:
        self._out = False
        why = _why(failure)
        if why != self.fault:
            self.waiting = why
            if self._timer is None:
                self._timer = self._runtime.reactor.callLater(GRACE_S, self._give_up)
        else:
            self._settled()
        self._next()

    def _give_up(self) -> None:
        """It has not become better: say so, and go on with what was good."""
        self._timer = None
        self.fault, self.waiting = self.waiting, ""
        self._since = self._runtime.wall()
        self._failed.value += 1
        log.error(
            "TLS: {why}; connections go on with what was read before: {what}",
            why=self.fault,
            what=self._what(),
        )

    def _settled(self) -> None:
        timer, self._timer = self._timer, None
        self.waiting = ""
        if timer is not None and timer.active():
            timer.cancel()

    def _next(self) -> None:
        if self._again:
            self._again = False
            self.changed()

    def _tell_warnings(self) -> None:
        for warning in self.current.material.warnings:
            log.warn("TLS: {warning}", warning=warning)

    def _files(self) -> str:
        return ", ".join(self.sources.paths)

    def _what(self) -> str:
        """What is in use, in words."""
        material = self.current.material
        own = "; ".join(described(each.certificate) for each in material.identities)
        if own or material.trust is None:
            return own or "what the system trusts"
        count = len(material.trust.certificates)
        first = subject_of(material.trust.certificates[0])
        others = f" and {count - 1} more" if count > 1 else ""
        return f"the trust in {first}{others}"

    def record(self) -> dict[str, Any]:
        """Describe it for the admin page; times are seconds since 1970."""
        found = self.current.material.by_file()
        return {
            "files": list(self.sources.paths),
            "certificates": {
                file: [told(each) for each in certificates] for file, certificates in found.items()
            },
            "loadedAt": self._loaded_at,
            "error": self.fault or None,
            "errorSince": self._since if self.fault else None,
            "waitingFor": self.waiting or None,
        }

    def close(self) -> None:
        """Wait for nothing any more."""
        self._settled()


def _why(failure: Failure) -> str:
    error = failure.value
    if isinstance(error, BadMaterial):
        return error.why
    if isinstance(error, BadPem):
        return str(error)
    if isinstance(error, OPENSSL_ERRORS):
        return _refused(error)
    log.failure("TLS: files could not be read for a reason of our own: {log_failure}", failure)
    return f"{type(error).__name__}: {clean(str(error))}"


def _refused(error: Exception) -> str:
    return f"OpenSSL does not take what is in the files: {clean(str(error))}"


def _told_wrong(failure: Failure) -> None:
    log.failure("TLS: somebody who was told of new files failed: {log_failure}", failure)


__all__ = ["GRACE_S", "BadMaterial", "Rotation"]

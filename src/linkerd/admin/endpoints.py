"""The table of admin endpoints: what is answered at which path.

A `View` of the proxy comes in; `Endpoints.find` gives the function for a path. Exact paths go
before prefixes, which end in a slash.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from linkerd import __version__
from linkerd.admin.answer import (
    HTML,
    JSON,
    Answer,
    Endpoint,
    Question,
    as_json,
    as_json_in_pieces,
    text,
)
from linkerd.admin.certificates import tls_json
from linkerd.admin.client_state import client_states
from linkerd.admin.connections import connections_json
from linkerd.admin.delegator import Delegator
from linkerd.admin.explain import Explainer
from linkerd.admin.page import connections_page, first_page, not_found_page
from linkerd.config.duration import read_duration
from linkerd.telemetry import json_export
from linkerd.telemetry.prometheus import PrometheusConfig, prometheus_text

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from linkerd.admin.view import View

PROMETHEUS = "/admin/metrics/prometheus"
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"
INTERPRETER_STATE = re.compile(r"/([^/]+)/interpreter_state/(.+)\.json")
FILES = {"admin.css": "text/css; charset=utf-8", "live.mjs": "text/javascript; charset=utf-8"}


class Endpoints:
    """All that the admin server answers; `prometheus` is the telemeter's section, if any."""

    def __init__(
        self, view: View, reactor: IReactorTime, prometheus: PrometheusConfig | None = None
    ) -> None:
        self._view = view
        self._prometheus = prometheus or PrometheusConfig()
        explainer = Explainer(view)
        self._exact: dict[str, Endpoint] = {
            "/": self._first_page,
            "/admin": self._index,
            "/admin/index.txt": self._index,
            "/admin/metrics": self._metrics,
            "/admin/metrics.json": self._metrics,
            PROMETHEUS: self._prometheus_text,
            self._prometheus.path: self._prometheus_text,
            "/admin/ping": lambda _: text("pong"),
            "/admin/server_info": self._server_info,
            "/admin/shutdown": self._shutdown,
            "/bound-names.json": lambda _: as_json(list(view.bound_names())),
            "/client_state.json": self._client_state,
            "/connections": self._connections_page,
            "/connections.json": self._connections_json,
            "/config.json": lambda _: as_json(view.config_json()),
            "/delegator": explainer.playground,
            "/delegator.json": Delegator(view, reactor).answer,
            "/explain": explainer.page,
            "/explain.json": explainer.json,
            "/metrics.json": self._metrics,
            "/tls.json": lambda _: Answer(tls_json(view.material()), JSON),
        }
        self._below: dict[str, Endpoint] = {
            "/admin/files/": self._file,
            "/namer_state/": self._namer_state,
        }

    def find(self, path: str) -> Endpoint:
        """Give the function that answers at the path; an unknown path is answered 404."""
        endpoint = self._exact.get(path)
        if endpoint is not None:
            return endpoint
        for prefix, below in self._below.items():
            if path.startswith(prefix):
                return below
        return self._interpreter_state if INTERPRETER_STATE.fullmatch(path) else not_found

    def paths(self) -> list[str]:
        """Give all paths, sorted."""
        interpreters = [
            f"/{router}/interpreter_state/{kind}.json" for router, kind in self._view.interpreters()
        ]
        return sorted([*self._exact, *self._below, *interpreters])

    def _first_page(self, _: Question) -> Answer:
        return Answer(first_page(self._view), HTML)

    def _index(self, _: Question) -> Answer:
        return text("".join([f"{path}\n" for path in self.paths()]))

    def _metrics(self, question: Question) -> Answer:
        query = question.query.get("q", "")
        scope = json_export.subtree(self._view.metrics, query)
        if scope is None:
            return as_json({"error": f"No such subtree: {query}"}, 404)
        export = json_export.nested if question.flag("tree") else json_export.flat
        return Answer(export(scope, question.flag("pretty")), JSON)

    def _prometheus_text(self, _: Question) -> Answer:
        return Answer(prometheus_text(self._view.metrics, self._prometheus.prefix), EXPOSITION)

    def _server_info(self, _: Question) -> Answer:
        return as_json(
            {
                "name": "linkerd",
                "version": __version__,
                "build": __version__,
                "build_revision": __version__,
                "start_time": int(self._view.started_at * 1000),
                "uptime": int(self._view.uptime() * 1000),
            }
        )

    def _shutdown(self, question: Question) -> Answer:
        if question.method != "POST":
            return text("", 405, (("Allow", "POST"),))
        grace: float | None = None
        if "grace" in question.query:
            try:
                grace = read_duration(question.query["grace"])
            except ValueError as wrong:
                return text(f"{wrong}\n", 400)
        quitting = text("quitting\n", headers=(("Connection", "close"),))
        return Answer(
            quitting.body, headers=quitting.headers, then=partial(self._view.shutdown, grace)
        )

    def _connections_page(self, question: Question) -> Answer:
        return Answer(connections_page(self._view, question.query.get("router")), HTML)

    def _connections_json(self, question: Question) -> Answer:
        found = self._view.connections(question.query.get("router"))
        return Answer(connections_json(found), JSON)

    def _client_state(self, question: Question) -> Answer:
        wanted = question.query.get("router")
        routers = [each for each in self._view.routers() if wanted in (None, each.label)]
        clients = {client.id: client for router in routers for client in router.clients}
        return Answer(client_states(clients.values()), JSON)

    def _namer_state(self, question: Question) -> Answer:
        name = question.path.removeprefix("/namer_state/")
        state = None
        if name.endswith(".json"):
            state = self._view.namer_state(name.removesuffix(".json"))
        return not_found(question) if state is None else as_json_in_pieces(state)

    def _interpreter_state(self, question: Question) -> Answer:
        found = INTERPRETER_STATE.fullmatch(question.path)
        state = self._view.interpreter_state(*found.groups()) if found is not None else None
        return not_found(question) if state is None else as_json_in_pieces(state)

    def _file(self, question: Question) -> Answer:
        name = question.path.removeprefix("/admin/files/")
        if name not in FILES:
            return not_found(question)
        return Answer(static_file(name), FILES[name])


@lru_cache(maxsize=len(FILES))
def static_file(name: str) -> bytes:
    """Read one of the files that come with the package."""
    return (FilePath(__file__).parent / "static" / name).read_bytes()


def not_found(_: Question) -> Answer:
    """Answer that there is nothing at this path."""
    return Answer([not_found_page()], HTML, 404)


__all__ = ["Endpoints", "not_found"]

"""The names that dashboards made for Linkerd 1 look for, after one good and one bad request."""

from __future__ import annotations

from tests.router.playbook import GET, OK, PlaybookCase

from linkerd.telemetry.metrics import Stat

REQUESTS = "requests success failures pending request_latency_ms"
TRANSPORT = (
    "connects closes connections received_bytes sent_bytes connection_duration"
    " connection_received_bytes connection_sent_bytes"
)
STATUS = "status/200 status/2XX status/503 status/5XX time/2XX time/5XX"
CLASSIFIED = "failures/com.twitter.finagle.service.ResponseClassificationSyntheticException"

PINNED = {
    "server/127.0.0.1/4140": f"{REQUESTS} {TRANSPORT} {STATUS} {CLASSIFIED} connection_requests",
    "service/svc/web": f"{REQUESTS} {CLASSIFIED}"
    " retries/total retries/per_request retries/budget retries/budget_exhausted",
    "client/#/fake/web": f"{REQUESTS} {TRANSPORT} {STATUS} {CLASSIFIED}"
    " connect_latency_ms failed_connect_latency_ms available pool_cached pool_size"
    " loadbalancer/size loadbalancer/available loadbalancer/busy loadbalancer/closed"
    " loadbalancer/load loadbalancer/adds loadbalancer/removes loadbalancer/updates"
    " loadbalancer/rebuilds loadbalancer/max_effort_exhausted loadbalancer/busy_weight_classes"
    " loadbalancer/meanweight loadbalancer/num_weight_classes"
    " loadbalancer/algorithm/p2c_least_loaded"
    " failure_accrual/removals failure_accrual/revivals failure_accrual/probes"
    " failure_accrual/removed_for_ms"
    " retries/requeues retries/budget_exhausted retries/request_limit retries/not_open"
    " retries/requeues_per_request retries/budget",
    "client/#/fake/web/service/svc/web": f"{REQUESTS} {CLASSIFIED}",
    "bindcache/path": "misses evicts expires oneshots",
}


class Names(PlaybookCase):
    def test_pinned(self) -> None:
        play = self.play(originator=True)
        web = play.web(OK)
        client = play.client(GET)
        web.peer.on_data = lambda peer: peer.send(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
        play.say(client, GET)
        there = {"/".join(names) for names, _ in play.runtime.metrics.walk()}
        wanted = {
            f"rt/http/{prefix}/{name}" for prefix, names in PINNED.items() for name in names.split()
        }
        self.assertEqual(wanted - there, set())
        self.assertIn("rt/http/originator", there)

    def test_a_router_is_known_by_its_label(self) -> None:
        play = self.play(label="in")
        play.web(OK)
        play.client(GET)
        labels = {names[:2] for names, _ in play.runtime.metrics.walk()}
        self.assertEqual(labels, {("rt", "in")})


class Numbers(PlaybookCase):
    def test_an_answer_of_ours_is_counted_by_its_code(self) -> None:
        play = self.play()
        play.client(GET)
        self.assertEqual(play.number("service/svc/web/errors/L5D-1102"), 1)

    def test_one_good_request(self) -> None:
        play = self.play()
        web = play.web()
        play.client(GET)
        for scope in ("server/127.0.0.1/4140", "service/svc/web", "client/#/fake/web"):
            self.assertEqual(play.number(f"{scope}/pending"), 1, scope)
            self.assertEqual(play.number(f"{scope}/requests"), 0, scope)
        self.assertEqual(play.number("client/#/fake/web/loadbalancer/load"), 1)
        play.advance(0.25)
        play.say(web.peer, OK)
        for scope in (
            "server/127.0.0.1/4140",
            "service/svc/web",
            "client/#/fake/web",
            "client/#/fake/web/service/svc/web",
        ):
            names = ("requests", "success", "failures", "pending")
            found = [play.number(f"{scope}/{name}") for name in names]
            self.assertEqual(found, [1, 1, 0, 0], scope)
            latency = play.runtime.metrics.scope("rt", "http", *scope_of(scope)).metric
            self.assertIsInstance(latency, Stat)
            assert isinstance(latency, Stat)
            latency.snapshot()
            summary = latency.summary
            assert summary is not None
            self.assertEqual(summary.count, 1, scope)
            self.assertIn(summary.sum, (250, 251), scope)

    def test_requests_are_the_sum_of_their_endings(self) -> None:
        play = self.play()
        web = play.web(OK)
        client = play.client(GET * 3)
        web.peer.on_data = lambda peer: peer.abort()
        play.say(client, GET)
        play.say(client, GET.replace(b"web", b"nobody"))
        play.client(GET).abort()
        play.advance(0.1)
        server = "server/127.0.0.1/4140/"
        total = play.number(server + "requests")
        self.assertEqual(total, play.number(server + "success") + play.number(server + "failures"))


def scope_of(name: str) -> list[str]:
    """The labels of a scope written with slashes, and of its latency."""
    if name.startswith("server/"):
        return ["server", "127.0.0.1/4140", "request_latency_ms"]
    if name.startswith("service/"):
        return ["service", "svc/web", "request_latency_ms"]
    rest = ["service", "svc/web"] if "/service/" in name else []
    return ["client", "#/fake/web", *rest, "request_latency_ms"]

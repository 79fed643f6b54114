"""Which connections a client has."""

from __future__ import annotations

from tests.router.calls import ThriftCase, call

from linkerd.client.thrift import ThriftClientConnection
from linkerd.client.thrift_pipeline import ThriftPipeline
from linkerd.telemetry.request_stats import NO_STATUSES


class Kinds(ThriftCase):
    def test_one_call_or_several(self) -> None:
        for settings, kind in (
            ({}, ThriftClientConnection),
            ({"client": {"pipelinedCalls": 1}}, ThriftClientConnection),
            ({"client": {"pipelinedCalls": 2}}, ThriftPipeline),
        ):
            play = self.thrift(**settings)
            play.serve(80)
            client = play.client(call())
            endpoint = play.the_endpoint()
            made = endpoint.client.connections.connection(endpoint, 0.0)
            self.assertIs(type(made), kind)
            self.assertIs(endpoint.client.status_stats, NO_STATUSES)
            client.abort()
            play.advance()

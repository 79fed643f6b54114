"""Kazoo's session: credentials, TLS, and a server without a majority, all of them real."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kazoo.security import make_digest_acl
from tests.support.certificates import ca, leaf
from tests.support.processes import free_ports
from tests.support.zookeeper import Ensemble as Servers
from tests.support.zookeeper import zookeeper
from tests.zookeeper.test_kazoo_session import SessionTest, runtime
from twisted.internet import threads
from twisted.internet.defer import Deferred

from linkerd.zookeeper.ensemble import AuthInfo, Ensemble, ZkClientAuth, ZkTls
from linkerd.zookeeper.kazoo_session import KazooSession
from linkerd.zookeeper.session import Trouble

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tests.support.certificates import Certified

pytestmark = pytest.mark.slow

SECURE = """secureClientPort={port}
secureClientPortAddress=127.0.0.1
serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory
authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider
ssl.keyStore.location={folder}/server.pem
ssl.keyStore.type=PEM
ssl.trustStore.location={folder}/ca.pem
ssl.trustStore.type=PEM
ssl.clientAuth=need
"""


async def trouble(asked: Deferred[Any]) -> str:
    try:
        await asked
    except Trouble as why:
        return str(why)
    raise AssertionError("it should not have been granted")


class Secured(SessionTest):
    def connected(self, ensemble: Ensemble) -> KazooSession:
        session = KazooSession(runtime(), ensemble)
        self.addCleanup(self.end, session)
        return session

    def run_it(self, work: Coroutine[Any, Any, None]) -> Deferred[None]:
        return Deferred.fromCoroutine(work)

    def test_credentials(self) -> Deferred[None]:
        async def work() -> None:
            port, _ = await self.ensemble()
            await self.connect_other(port)
            acl = make_digest_acl("web", "secret", all=True)
            await threads.deferToThread(self.other.create, "/closed", b"text", [acl])
            hosts = f"127.0.0.1:{port}"
            stranger = self.connected(Ensemble(hosts, 2.0))
            friend = self.connected(Ensemble(hosts, 2.0, AuthInfo(auth="web:secret")))
            await self.until(lambda: friend.why == "" and stranger.why == "")
            assert await friend.data("/closed") == b"text"
            assert "NoAuth" in await trouble(stranger.data("/closed"))

        return self.run_it(work())

    def secure(self, authority: Certified) -> tuple[int, Path]:
        folder = Path(self.mktemp()).absolute()
        folder.mkdir(parents=True)
        (folder / "ca.pem").write_text(authority.pem)
        server = leaf("localhost", "127.0.0.1", issuer=authority)
        (folder / "server.pem").write_text(server.pem + server.key_pem)
        leaf("linkerd", issuer=authority).write(folder, "client")
        secure_port, port = free_ports(2)
        more = SECURE.format(port=secure_port, folder=folder)
        self.stack.enter_context(zookeeper(folder, port, more))
        return secure_port, folder

    def test_tls(self) -> Deferred[None]:
        async def work() -> None:
            port, folder = self.secure(ca())
            strange = folder / "strange.pem"
            strange.write_text(ca("Somebody else").pem)
            own = ZkClientAuth(
                cert_path=str(folder / "client.pem"), key_path=str(folder / "client.key")
            )
            tls = ZkTls(trust_certs_bundle=str(folder / "ca.pem"), client_auth=own)
            session = self.connected(Ensemble(f"localhost:{port}", 2.0, None, tls))
            wary = ZkTls(trust_certs_bundle=str(strange), client_auth=own)
            other = self.connected(Ensemble(f"localhost:{port}", 1.0, None, wary))
            await self.until(lambda: session.why == "")
            assert await session.create("/a", b"text") == "/a"
            assert await session.data("/a") == b"text"
            await self.until(lambda: other.why.startswith("cannot connect"))

        return self.run_it(work())

    def test_a_server_without_a_majority(self) -> Deferred[None]:
        async def work() -> None:
            folder = Path(self.mktemp()).absolute()
            local = "localSessionsEnabled=true\nlocalSessionsUpgradingEnabled=true\n"
            servers = Servers(folder, ("-Dreadonlymode.enabled=true",), local)
            self.stack.enter_context(servers)
            before = self.connected(Ensemble(servers.hosts, 2.0))
            await self.until(lambda: before.why == "")
            await before.create("/a", b"text")
            leader = servers.wait_for_leader()
            left = (leader + 1) % 3
            for number in range(3):
                if number != left:
                    servers.kill(number)
            # A session that the majority knows is not served, one that begins now is.
            session = self.connected(Ensemble(servers.hosts, 2.0))
            await self.until(lambda: session.why == "" and session.read_only)
            assert before.why != "" or before.read_only
            assert await session.data("/a") == b"text"
            assert "NotReadOnly" in await trouble(session.create("/b", b""))
            servers.start(leader)
            await self.until(lambda: session.why == "" and not session.read_only)
            await self.until(lambda: before.why == "")
            assert await session.create("/b", b"") == "/b"

        return self.run_it(work())

    def test_expiry_is_a_new_epoch(self) -> Deferred[None]:
        async def work() -> None:
            port, server = await self.ensemble()
            session = await self.begin(port, 0.6)
            await self.until(lambda: session.why == "")
            assert session.epoch == 1
            mine = await session.create("/mine", b"", owned=True)
            assert await session.is_own(mine)
            server.process.send_signal(signal.SIGSTOP)
            await self.until(lambda: session.why != "")
            server.process.send_signal(signal.SIGCONT)
            await self.until(lambda: session.why == "")
            # The server has counted while it stood still, or has not: both are lawful.
            assert await session.is_own(mine) == (session.epoch == 1)

        return self.run_it(work())

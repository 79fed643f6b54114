"""`io.l5d.fs` with the real inotify, thread and clock: every change of a file is noticed in time.

Nothing sleeps: a test makes a change and waits for the observer to be told, then looks at the
clock.
"""

from __future__ import annotations

import os
import random  # noqa: TID251
import subprocess
import sys
import time
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from tests.support.namers import Seen, bound_in
from twisted.internet import defer, task, threads
from twisted.trial.unittest import TestCase

from linkerd.config.scalars import ExistingDir
from linkerd.name.activity import Ok
from linkerd.name.addr import ADDR_NEG, AddrBound, Address
from linkerd.name.path import Path
from linkerd.name.tree import NEG
from linkerd.namer.fs import FsConfig, FsNamer
from linkerd.runtime import Runtime
from linkerd.telemetry.metrics import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

now = time.monotonic  # noqa: TID251

SLOW = 1.0
"""Seconds that a change may take here, where two cores run other tests, too."""


def addr(*ports: int) -> AddrBound:
    return AddrBound(frozenset(Address("127.0.0.1", port) for port in ports))


def runtime() -> Runtime:
    from twisted.internet import reactor

    return Runtime(
        reactor=reactor,
        clock=now,
        wall=time.time,  # noqa: TID251
        rng=random.Random(1),
        metrics=Scope(),
        network=None,
    )


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


class Real(TestCase):
    timeout = 60

    def setUp(self) -> None:
        self.root = FilePath(self.mktemp()).absolute()
        self.root.mkdir(parents=True)
        self.namer = self.mk()
        self.seen: list[Seen[Any]] = []
        self.addCleanup(self.close)

    def mk(self) -> FsNamer:
        return FsConfig(root_dir=ExistingDir(str(self.root))).mk(runtime())

    def close(self) -> None:
        for seen in self.seen:
            seen.close()
        self.namer.close()

    def lookup(self, path: str) -> Seen[Any]:
        seen: Seen[Any] = Seen(self.namer.lookup(Path.read(path)))
        self.seen.append(seen)
        return seen

    async def observe(self, path: str, *ports: int) -> tuple[Seen[Any], Seen[Any]]:
        """Observe a name until it has these ports."""
        tree = self.lookup(path)
        await tree.when(lambda state: isinstance(state, Ok) and state.value != NEG)
        addresses: Seen[Any] = Seen(bound_in(tree.last).addr)
        self.seen.append(addresses)
        await addresses.when(lambda seen: seen == addr(*ports))
        return tree, addresses

    async def takes(self, change: Callable[[], object], seen: Seen[Any], wanted: object) -> float:
        """Make a change, wait for it to be seen, and give the seconds that took."""
        begun = now()
        change()
        await seen.when(lambda seen: seen == wanted)
        return now() - begun

    def write(self, name: str, *ports: int, end: str = "\n") -> None:
        text = "\n".join(f"127.0.0.1 {port}" for port in ports) + end
        (self.root / name).write_text(text)

    def replace(self, name: str, port: int, elsewhere: FilePath) -> None:
        new = elsewhere / "new"
        new.write_text(f"127.0.0.1 {port}\n")
        os.replace(new, self.root / name)

    async def test_every_way_to_change_a_file(self) -> None:
        beside = FilePath(self.mktemp()).absolute()
        beside.mkdir(parents=True)
        self.write("web", 1)
        _, addresses = await self.observe("/web", 1)
        web = self.root / "web"

        def append() -> None:
            with web.open("a") as file:
                file.write("127.0.0.1 22\n")

        def unclosed() -> None:
            os.write(descriptor, b"127.0.0.1 7\n")

        def shell() -> None:
            subprocess.run(["/bin/sh", "-c", f"echo 127.0.0.1 6 > {web}"], check=True)

        times = [
            await self.takes(lambda: self.write("web", 2), addresses, addr(2)),
            await self.takes(lambda: self.replace("web", 3, self.root), addresses, addr(3)),
            await self.takes(lambda: self.replace("web", 4, beside), addresses, addr(4)),
            await self.takes(append, addresses, addr(4, 22)),
            await self.takes(lambda: self.write("web", 5, end=""), addresses, addr(5)),
            await self.takes(shell, addresses, addr(6)),
        ]
        descriptor = os.open(web, os.O_WRONLY | os.O_TRUNC)
        self.addCleanup(os.close, descriptor)
        times += [
            await self.takes(unclosed, addresses, addr(7)),
            await self.takes(web.unlink, addresses, ADDR_NEG),
            await self.takes(lambda: self.write("web", 8), addresses, addr(8)),
            await self.takes(lambda: self.write("web", end=""), addresses, addr()),
            await self.takes(lambda: self.replace("web", 9, beside), addresses, addr(9)),
        ]
        self.assertLess(max(times), SLOW, times)
        self.assertLess(sorted(times)[len(times) // 2], 0.1, times)
        self.assertEqual(self.namer.state()["watching"], "inotify")

    async def test_names_that_come_and_go(self) -> None:
        tree = self.lookup("/a/b/web")
        await tree.when(lambda state: state == Ok(NEG))
        (self.root / "a").mkdir()
        (self.root / "a" / "b").mkdir()
        self.write("a/b/web", 1)
        await tree.when(lambda state: isinstance(state, Ok) and state.value != NEG)
        addresses: Seen[Any] = Seen(bound_in(tree.last).addr)
        self.seen.append(addresses)
        await addresses.when(lambda seen: seen == addr(1))
        os.rename(self.root / "a", self.root / "z")
        await tree.when(lambda state: state == Ok(NEG))
        (self.root / "a" / "b").mkdir(parents=True)
        self.write("a/b/web", 2)
        await addresses.when(lambda seen: seen == addr(2))
        self.write("z/b/web", 99)
        self.write("a/b/web", 3)
        await addresses.when(lambda seen: seen == addr(3))
        self.assertNotIn(addr(99), addresses.all)

    async def test_links_set_anew_as_kubernetes_does(self) -> None:
        for number in (1, 2):
            (self.root / f"..v{number}").mkdir()
            self.write(f"..v{number}/web", number)
        os.symlink("..v1", self.root / "..data")
        os.symlink("..data/web", self.root / "web")
        _, addresses = await self.observe("/web", 1)

        def swap() -> None:
            os.symlink("..v2", self.root / "..tmp")
            os.rename(self.root / "..tmp", self.root / "..data")

        self.assertLess(await self.takes(swap, addresses, addr(2)), SLOW)
        taken = await self.takes(lambda: self.write("..v2/web", 3), addresses, addr(3))
        self.assertLess(taken, SLOW)

    async def test_the_root_itself_is_replaced(self) -> None:
        self.write("web", 1)
        _, addresses = await self.observe("/web", 1)
        os.rename(self.root, self.root.with_name("old"))
        self.root.mkdir()
        self.write("web", 2)
        await addresses.when(lambda seen: seen == addr(2))
        taken = await self.takes(lambda: self.write("web", 3), addresses, addr(3))
        self.assertLess(taken, SLOW)

    async def test_ten_thousand_changes_lose_no_address_and_no_descriptor(self) -> None:
        """A process rewrites a file, in place and by rename, as fast as it can."""
        self.write("web", 1)
        (self.root / "other").write_text("nonsense\n")
        _, addresses = await self.observe("/web", 1)
        broken = self.lookup("/other")
        before = descriptors()
        program = (
            "import os, sys\n"
            "web = sys.argv[1]\n"
            "for n in range(5000):\n"
            "    open(web, 'w').write(f'127.0.0.1 {n % 60000 + 1}\\n')\n"
            "    open(web + '.new', 'w').write('127.0.0.1 1\\n127.0.0.1 2\\n')\n"
            "    os.replace(web + '.new', web)\n"
        )
        command = [sys.executable, "-c", program, str(self.root / "web")]
        await threads.deferToThread(subprocess.run, command, check=True)
        await addresses.when(lambda seen: seen == addr(1, 2))
        self.assertTrue(all(each.addresses for each in addresses.all), "never without an address")
        self.assertLessEqual(descriptors(), before)
        self.assertEqual(self.namer.tree.watches.watched, 2)
        self.assertNotIsInstance(broken.last, Ok)

    async def test_observing_leaves_no_watch_and_no_descriptor(self) -> None:
        (self.root / "bad").write_text("nonsense\n")
        for number in range(20):
            (self.root / f"d{number}").mkdir()
            self.write(f"d{number}/web", 1)
        await self.observe("/d0/web", 1)
        before = descriptors()
        for _ in range(3):
            many = [self.lookup(f"/d{number}/web") for number in range(20)] + [self.lookup("/bad")]
            await defer.gatherResults(
                [each.when(lambda state: type(state).__name__ != "Pending") for each in many]
            )
            for each in many:
                each.close()
        await task.deferLater(self.namer.tree._runtime.reactor, 0, lambda: None)
        await defer.ensureDeferred(self.quiet())
        self.assertEqual(descriptors(), before)
        self.assertEqual(self.namer.tree.watches.watched, 3)

    async def quiet(self) -> None:
        """Wait for the worker to have nothing to do."""
        await self.namer.tree._worker.ask(lambda: None)

    async def test_close_gives_the_descriptor_back(self) -> None:
        before = descriptors()
        for _ in range(20):
            namer = self.mk()
            namer.close()
        self.assertEqual(descriptors(), before)

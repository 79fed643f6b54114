"""`io.l5d.fs` under virtual time: a real directory, a worker without thread, a watcher by hand."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.namer import NAMER_CONTRACT, Registry
from tests.support.namers import Seen, bound_in, virtual_runtime
from tests.watch.fakes import ByHand, Worker
from twisted.internet import defer

from linkerd.config.scalars import ExistingDir
from linkerd.name.activity import Failed, Ok, Pending
from linkerd.name.addr import ADDR_NEG, ADDR_PENDING, AddrBound, Address, AddrFailed
from linkerd.name.path import EMPTY_PATH, Path
from linkerd.name.tree import NEG
from linkerd.namer.fs import FsConfig, FsNamer, can_be_entry, mk_fs
from linkerd.watch.inotify import CLOSE_WRITE, DELETE, IGNORED, MODIFY, OVERFLOW
from linkerd.watch.watches import Blind

if TYPE_CHECKING:
    from collections.abc import Callable


class Files:
    """A namer over a directory; also the contract's registry."""

    always_bound = False
    path = Path.of("dir", "web")

    def __init__(self, watcher: Any = None, dns: Any = None) -> None:
        self.root = FilePath(tempfile.mkdtemp())
        (self.root / "dir").mkdir()
        self.runtime = virtual_runtime()
        self.metrics = self.runtime.metrics
        self.worker = Worker()
        self.watcher = ByHand() if watcher is None else watcher
        config = FsConfig(root_dir=ExistingDir(str(self.root)))
        self.namer: FsNamer = mk_fs(config, self.runtime, self.worker, self.watcher, dns)

    def write(self, text: str, *names: str, mask: int = CLOSE_WRITE) -> None:
        file = self.root.joinpath(*names)
        file.write_text(text)
        self.event(file, mask)

    def delete(self, *names: str) -> None:
        self.root.joinpath(*names).unlink()
        self.event(self.root.joinpath(*names), DELETE)

    def event(self, file: FilePath, mask: int) -> None:
        number = self.watcher.numbers.get(os.fsencode(file.parent)) if self.watched else None
        if number is not None:
            self.namer.tree.event(number, mask, os.fsencode(file.name))

    @property
    def watched(self) -> bool:
        return isinstance(self.watcher, ByHand)

    def pass_time(self, seconds: float) -> None:
        self.runtime.reactor.pump([0.001] * round(1000 * seconds))

    # The contract's registry

    def put(self, addresses: frozenset[Address]) -> None:
        lines = [f"{each.host} {each.port}\n" for each in addresses]
        self.write("".join(lines), "dir", "web")

    def remove(self) -> None:
        self.delete("dir", "web")

    def fail(self) -> None:
        self.write("nonsense\n", "dir", "web")

    def settle(self) -> None:
        self.pass_time(0.1 if self.watched else 2.2)


@pytest.fixture
def files() -> Any:
    files = Files()
    yield files
    files.namer.close()
    shutil.rmtree(files.root)


def addr(*addresses: str) -> AddrBound:
    """Give bound addresses, each `port` or `port*weight`, on the loopback address."""
    found = []
    for each in addresses:
        port, _, weight = each.partition("*")
        found.append(Address("127.0.0.1", int(port), float(weight or 1)))
    return AddrBound(frozenset(found))


@pytest.mark.parametrize("rule", NAMER_CONTRACT)
@pytest.mark.parametrize("watcher", [ByHand, Blind])
def test_keeps_the_contract(rule: Callable[[Registry], None], watcher: Callable[[], Any]) -> None:
    files = Files(watcher())
    try:
        rule(files)
    finally:
        shutil.rmtree(files.root)


def observe(files: Files, path: str) -> tuple[Seen[Any], Seen[Any]]:
    """Observe a name and its addresses."""
    tree = Seen(files.namer.lookup(Path.read(path)))
    files.pass_time(0.1)
    addresses = Seen(bound_in(tree.last).addr)
    files.pass_time(0.01)
    return tree, addresses


def test_a_file_ends_the_name(files: Files) -> None:
    files.write("127.0.0.1 1\n127.0.0.1 2 * 0.5 # half\n", "web")
    tree, addresses = observe(files, "/web/a/b")
    bound = bound_in(tree.last)
    assert bound.id == Path.read("/#/io.l5d.fs/web")
    assert bound.residual == Path.read("/a/b")
    assert addresses.last == addr("1", "2*0.5")


def test_directories_are_part_of_the_id(files: Files) -> None:
    files.write("127.0.0.1 1\n", "dir", "web")
    tree, _ = observe(files, "/dir/web/x")
    assert bound_in(tree.last).id == Path.read("/#/io.l5d.fs/dir/web")


@pytest.mark.parametrize("path", ["/none", "/none/x", "/dir", "/dir/none"])
def test_what_is_not_there_is_negative(files: Files, path: str) -> None:
    tree = Seen(files.namer.lookup(Path.read(path)))
    files.pass_time(0.1)
    assert tree.all == [Pending(), Ok(NEG)]


def test_an_empty_path_is_negative(files: Files) -> None:
    assert files.namer.lookup(EMPTY_PATH).sample() == Ok(NEG)


ESCAPES = [b"..", b".", b"", b"../web", b"dir/web", b"/etc", b"web\0", b"\0", b"x" * 256, b"..\0"]


@pytest.mark.parametrize("segment", ESCAPES)
def test_no_name_leaves_the_root(files: Files, segment: bytes) -> None:
    assert not can_be_entry(segment)
    (files.root / "dir" / "web").write_text("127.0.0.1 1\n")
    for path in (Path([segment]), Path([segment, b"web"])):
        assert files.namer.lookup(path).sample() == Ok(NEG)
    tree = Seen(files.namer.lookup(Path([b"dir", segment, b"web"])))
    files.pass_time(0.1)
    assert tree.last == Ok(NEG)
    assert files.worker.done <= 1, "only /dir was looked at"


def test_an_empty_file_is_bound_without_endpoints(files: Files) -> None:
    files.write("", "web")
    _, addresses = observe(files, "/web")
    assert addresses.last == addr()


def test_a_change_is_in_effect_within_100_ms_whatever_it_is(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    _, addresses = observe(files, "/web")
    for change, wanted in [
        (lambda: files.write("127.0.0.1 2\n", "web"), addr("2")),
        (lambda: files.write("127.0.0.1 3", "web"), addr("3")),
        (lambda: files.write("127.0.0.1 4\n", "web", mask=MODIFY), addr("4")),
        (lambda: files.write("127.0.0.1 5", "web", mask=MODIFY), addr("5")),
        (lambda: files.write("", "web"), addr()),
        (lambda: files.write("127.0.0.1 6\n", "web"), addr("6")),
        (lambda: files.delete("web"), ADDR_NEG),
        (lambda: files.write("127.0.0.1 7\n", "web"), addr("7")),
    ]:
        change()
        files.pass_time(0.095)
        assert addresses.last == wanted


def test_a_file_being_rewritten_never_loses_its_addresses(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    tree, addresses = observe(files, "/web")
    for moment in ("", "127.0.0.1 80", "127.0.", ""):
        files.write(moment, "web", mask=MODIFY)
        files.pass_time(0.03)
    files.write("127.0.0.1 8080\n", "web")
    files.pass_time(0.1)
    assert addresses.all == [addr("1"), addr("8080")]
    files.delete("web")
    files.pass_time(0.03)
    files.write("127.0.0.1 8081\n", "web")
    files.pass_time(0.1)
    assert addresses.all == [addr("1"), addr("8080"), addr("8081")]
    assert len(tree.all) == 2


def test_emptied_for_ever_while_others_write(files: Files) -> None:
    """Without a quiet moment an empty file is not believed."""
    files.write("127.0.0.1 1\n", "web")
    _, addresses = observe(files, "/web")
    for _ in range(200):
        files.write("", "web", mask=MODIFY)
        files.pass_time(0.01)
    assert addresses.all == [addr("1")]
    files.pass_time(0.1)
    assert addresses.last == addr()


def test_broken_after_good_is_stale(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    tree, addresses = observe(files, "/web")
    files.write("127.0.0.1 1\nnonsense\n", "web")
    files.pass_time(0.1)
    assert addresses.all == [addr("1")]
    record = files.namer.state()["web"]
    assert record["phase"] == "stale"
    assert record["error"] == "malformed address: nonsense"
    assert record["state"]["value"] == [{"host": "127.0.0.1", "port": 1, "weight": 1.0}]
    files.write("127.0.0.1 2\n", "web")
    files.pass_time(0.1)
    assert addresses.last == addr("2")
    assert len(tree.all) == 2


def test_broken_from_the_start_fails(files: Files) -> None:
    files.write("nonsense\n", "web")
    tree = Seen(files.namer.lookup(Path.of("web")))
    files.pass_time(0.1)
    assert tree.last == Failed("malformed address: nonsense")
    (files.root / "big").write_bytes(b"#" * 600_000)
    big = Seen(files.namer.lookup(Path.of("big")))
    files.pass_time(0.1)
    assert big.last == Failed("larger than 500 KB")


def test_a_directory_in_a_files_place(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    tree, addresses = observe(files, "/web/x")
    files.delete("web")
    (files.root / "web").mkdir()
    files.write("127.0.0.1 2\n", "web", "x")
    files.pass_time(0.2)
    assert bound_in(tree.last).id == Path.read("/#/io.l5d.fs/web/x")
    assert addresses.last == ADDR_NEG


def test_weights_change_the_set_and_nothing_else(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    tree, addresses = observe(files, "/web")
    files.write("127.0.0.1 1 * 2\n", "web")
    files.pass_time(0.1)
    assert addresses.last == addr("1*2")
    assert len(tree.all) == 2


def test_events_of_others_cause_no_look(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    observe(files, "/web")
    done = files.worker.done
    for number in range(100):
        files.write("x", f"other{number}")
    files.pass_time(0.2)
    assert files.worker.done == done


def test_a_storm_of_events_causes_few_looks(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    _, addresses = observe(files, "/web")
    done = files.worker.done
    for _ in range(1000):
        for _ in range(10):
            files.event(files.root / "web", CLOSE_WRITE)
        files.pass_time(0.001)
    assert files.worker.done - done <= 40
    files.write("127.0.0.1 2\n", "web")
    files.pass_time(0.06)
    assert addresses.last == addr("2")


def test_a_lost_event_leaves_old_data_for_seconds_only(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    _, addresses = observe(files, "/web")
    (files.root / "web").write_text("127.0.0.1 2\n")
    files.pass_time(5.2)
    assert addresses.last == addr("2")


def test_a_lost_event_is_seen_if_not_even_the_signature_tells(files: Files) -> None:
    """Two writes within the file system's tick look the same; the look after one is not cheap."""
    web = files.root / "web"
    files.write("127.0.0.1 1\n", "web")
    _, addresses = observe(files, "/web")
    times = os.stat(web)
    web.write_text("127.0.0.1 2\n")
    node = files.namer.tree.nodes[(b"web",)]
    os.utime(web, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = os.stat(web)
    node.signature = (
        after.st_dev, after.st_ino, after.st_size, after.st_mtime_ns, after.st_ctime_ns,
        after.st_mode,
    )  # fmt: skip
    assert not node.steady
    files.pass_time(5.2)
    assert addresses.last == addr("2")


def test_overflow_looks_at_everything(files: Files) -> None:
    files.write("127.0.0.1 1\n", "a")
    files.write("127.0.0.1 1\n", "b")
    _, first = observe(files, "/a")
    _, second = observe(files, "/b")
    (files.root / "a").write_text("127.0.0.1 2\n")
    (files.root / "b").write_text("127.0.0.1 3\n")
    files.namer.tree.event(-1, OVERFLOW, b"")
    files.pass_time(0.1)
    assert (first.last, second.last) == (addr("2"), addr("3"))


def test_polled_every_second_where_nothing_can_be_watched(files: Files) -> None:
    files.watcher.limit = 1
    files.write("127.0.0.1 1\n", "web")
    _, addresses = observe(files, "/web")
    assert files.namer.state()["watching"] == "polling"
    (files.root / "web").write_text("127.0.0.1 2\n")
    files.pass_time(1.1)
    assert addresses.last == addr("2")
    (files.root / "web").write_text("127.0.0.1 3\n")
    files.pass_time(1.1)
    assert addresses.last == addr("3")


def test_events_during_a_look_are_not_lost(files: Files) -> None:
    files.worker.held = True
    tree = Seen(files.namer.lookup(Path.of("dir", "web")))
    files.pass_time(0.1)
    files.worker.run()
    files.pass_time(0.1)
    assert tree.last == Ok(NEG)
    files.worker.held = True
    files.write("127.0.0.1 1\n", "dir", "web")
    files.pass_time(0.1)
    files.write("127.0.0.1 2\n", "dir", "web")
    for _ in range(5000):
        files.event(files.root / "dir" / "web", CLOSE_WRITE)
    files.worker.run()
    files.pass_time(0.1)
    assert Seen(bound_in(tree.last).addr).last == addr("2")
    done = files.worker.done
    files.pass_time(1)
    assert files.worker.done - done <= 1


def test_a_file_system_that_hangs_is_told(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    tree, addresses = observe(files, "/web")
    files.worker.held = True
    files.event(files.root / "web", CLOSE_WRITE)
    files.pass_time(0.1)
    other = Seen(files.namer.lookup(Path.of("other")))
    files.pass_time(11)
    assert addresses.last == addr("1")
    assert files.namer.state()["web"]["phase"] == "stale"
    assert isinstance(other.last, Failed)
    assert "has not answered" in other.last.why
    files.worker.run()
    files.pass_time(5.2)
    assert files.namer.state()["web"]["phase"] == "ok"
    assert other.last == Ok(NEG)
    assert len(tree.all) == 2


def test_watches_end_with_the_observers(files: Files) -> None:
    files.write("127.0.0.1 1\n", "dir", "web")
    base = len(files.watcher.numbers)
    for _ in range(50):
        tree, addresses = observe(files, "/dir/web")
        assert len(files.watcher.numbers) == base + 3
        tree.close()
        addresses.close()
        files.pass_time(0.01)
        assert len(files.watcher.numbers) == base
        assert files.namer.tree.nodes == {}
    files.pass_time(10)
    assert files.runtime.reactor.getDelayedCalls() == []


def test_a_look_that_nobody_waits_for_leaves_no_watch(files: Files) -> None:
    files.write("127.0.0.1 1\n", "dir", "web")
    for _ in range(3):
        files.worker.held = True
        tree = Seen(files.namer.lookup(Path.of("dir", "web")))
        files.pass_time(0.01)
        tree.close()
        files.worker.run()
        files.pass_time(0.01)
        assert files.watcher.numbers == {}


def test_a_watch_that_the_kernel_gave_up_is_set_again(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    _, addresses = observe(files, "/web")
    number = files.watcher.numbers.pop(os.fsencode(files.root))
    files.namer.tree.event(number, IGNORED, b"")
    files.pass_time(0.1)
    files.write("127.0.0.1 2\n", "web")
    files.pass_time(0.1)
    assert addresses.last == addr("2")


def test_host_names_are_looked_up() -> None:
    known: dict[str, Any] = {"web.example": frozenset(["10.0.0.1"])}
    asked: list[str] = []

    def dns(host: str) -> defer.Deferred[frozenset[str]]:
        asked.append(host)
        answer = known.get(host, frozenset())
        return defer.fail(answer) if isinstance(answer, Exception) else defer.succeed(answer)

    files = Files(dns=dns)
    files.write("127.0.0.1 1\n", "web")
    _, addresses = observe(files, "/web")
    assert asked == []
    files.write("web.example 80\n127.0.0.1 1\nnowhere.example 80\n", "web")
    files.pass_time(0.1)
    both = AddrBound(frozenset([Address("10.0.0.1", 80), Address("127.0.0.1", 1)]))
    assert addresses.last == both
    known["web.example"] = frozenset(["10.0.0.2"])
    files.pass_time(6)
    both = AddrBound(frozenset([Address("10.0.0.2", 80), Address("127.0.0.1", 1)]))
    assert addresses.last == both
    count = len(asked)
    files.write("web.example 80 * 2\n", "web")
    files.pass_time(0.1)
    assert addresses.last == AddrBound(frozenset([Address("10.0.0.2", 80, 2.0)]))
    assert len(asked) == count, "what is looked up already is not looked up again"
    known["web.example"] = OSError("resolver broken")
    files.pass_time(12)
    assert addresses.last == AddrBound(frozenset([Address("10.0.0.2", 80, 2.0)]))
    files.write("nowhere.example 80\n", "web")
    files.pass_time(0.1)
    assert addresses.last == addr()
    files.write("other.example 80\n", "web")
    known["other.example"] = OSError("resolver broken")
    files.pass_time(0.1)
    assert addresses.last == AddrFailed("resolver broken")
    addresses.close()
    count = len(asked)
    files.pass_time(12)
    assert len(asked) == count
    shutil.rmtree(files.root)


def test_the_state_is_linkerds(files: Files) -> None:
    files.write("127.0.0.1 1\n", "dir", "web")
    observe(files, "/dir/web")
    files.write("127.0.0.1 2\n", "dir", "web")
    files.pass_time(0.1)
    state = files.namer.state()
    assert state["events"] == {
        "lastEventKind": "close_write",
        "lastEventName": "web",
        "lastEventAt": "2019-01-01 12:00:00 +0000",
    }
    assert state["watching"] == "inotify"
    assert state["dir"]["state"]["value"] == "directory"
    assert state["dir/web"]["state"]["running"] is True
    assert state["dir/web"]["state"]["value"] == [{"host": "127.0.0.1", "port": 2, "weight": 1.0}]


def test_a_file_never_hides_a_part_of_the_state(files: Files) -> None:
    for name in ("events", "watching", "hosts", "web"):
        files.write("127.0.0.1 1\n", name)
        observe(files, f"/{name}")
    state = files.namer.state()
    assert state["watching"] == "inotify"
    assert list(state) == [
        "events", "watching", "hosts", "./events", "./hosts", "./watching", "web"
    ]  # fmt: skip
    assert state["./hosts"]["state"]["value"] == [{"host": "127.0.0.1", "port": 1, "weight": 1.0}]


def test_nothing_happens_after_close() -> None:
    files = Files()
    files.write("127.0.0.1 1\n", "web")
    tree, addresses = observe(files, "/web")
    files.worker.held = True
    files.event(files.root / "web", CLOSE_WRITE)
    files.pass_time(0.1)
    files.namer.close()
    files.worker.run()
    assert files.worker.closed
    assert files.watcher.closed
    assert files.runtime.reactor.getDelayedCalls() == []
    addresses.close()
    tree.close()
    late = Seen(files.namer.lookup(Path.of("late")))
    assert late.last == Pending()
    late.close()
    assert files.runtime.reactor.getDelayedCalls() == []
    shutil.rmtree(files.root)


def test_unobserved_addresses_are_pending(files: Files) -> None:
    files.write("127.0.0.1 1\n", "web")
    tree, addresses = observe(files, "/web")
    bound = bound_in(tree.last)
    assert bound.addr.sample() == addr("1")
    addresses.close()
    tree.close()
    assert bound.addr.sample() == ADDR_PENDING

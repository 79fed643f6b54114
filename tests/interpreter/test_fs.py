"""`io.l5d.fs` under virtual time: a real file, a worker without thread, a watcher by hand."""

from __future__ import annotations

import gc
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.contracts.interpreter import RULES
from tests.name.fakes import FakeNamer
from tests.support.namers import virtual_runtime
from tests.watch.fakes import ByHand, Worker

from linkerd.catalogue import CATALOGUE
from linkerd.config.bind import bind
from linkerd.config.load import parse
from linkerd.errors import ConfigError, Where
from linkerd.interpreter import fs, gradual
from linkerd.interpreter.base import InterpreterConfig
from linkerd.interpreter.dtab_file import LIMIT, Rules
from linkerd.interpreter.fs import NO_DTAB, FsInterpreterConfig, mk_fs
from linkerd.name.activity import PENDING, Failed, Ok
from linkerd.name.dtab import EMPTY_DTAB, Dtab
from linkerd.name.path import Path
from linkerd.name.trace import settled
from linkerd.name.tree import show_tree
from linkerd.watch.inotify import CLOSE_WRITE, DELETE, MODIFY, MOVED_TO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path as FilePath

WEB = Path.read("/svc/web")
TO_FS = "/svc => /#/fs ;\n"


class Site:
    """An interpreter over a file, and a namer `/#/fs` with the names `web` and `api`."""

    def __init__(self, directory: FilePath, text: str | None = TO_FS) -> None:
        self.file = directory / "routes.dtab"
        self.runtime = virtual_runtime()
        self.worker = Worker()
        self.watcher = ByHand()
        self.namer = FakeNamer()
        self.namer.bind("/web", 1, id="/#/fs/web")
        self.namer.bind("/api", 2, id="/#/fs/api")
        if text is not None:
            self.file.write_text(text)
        config = FsInterpreterConfig(dtab_file=str(self.file))  # type: ignore[arg-type]
        namers = ((Path.read("/#/fs"), self.namer),)
        self.interpreter = mk_fs(config, self.runtime, namers, self.worker, self.watcher)

    def passes(self, seconds: float = 0.2) -> None:
        self.runtime.reactor.pump([0.001] * round(seconds * 1000))

    def changed(self, mask: int = CLOSE_WRITE) -> None:
        """An event of the file, and the time that it takes to be noticed."""
        number = self.watcher.numbers[os.fsencode(self.file.parent)]
        self.interpreter.tree.event(number, mask, os.fsencode(self.file.name))
        self.passes()

    def write(self, text: str) -> None:
        self.file.write_text(text)
        self.changed()

    def found(self, given: str = "", path: Path = WEB) -> Any:
        """Give what a name is bound to; its explanation must be of the same opinion."""
        state = self.interpreter.bind(Dtab.read(given), path).sample()
        assert self.interpreter.explain(Dtab.read(given), path).state == state
        return show_tree(state.value) if isinstance(state, Ok) else state

    def gauge(self, name: str) -> float:
        scope = self.runtime.metrics.find("interpreter", "io.l5d.fs", name)
        assert scope is not None
        return scope.metric.read()  # type: ignore[union-attr]


@pytest.fixture
def site(tmp_path: FilePath) -> Iterator[Site]:
    site = Site(tmp_path)
    site.passes()
    yield site
    site.interpreter.close()
    assert site.runtime.reactor.getDelayedCalls() == []


class World:
    """The contract's: the rule that counts is in the file."""

    def __init__(self, directory: FilePath) -> None:
        site = Site(directory)
        site.passes()
        self.namer = site.namer = FakeNamer(quiet=True)
        site.interpreter._inner._lookups = ((Path.read("/#/fs"), self.namer),)
        self.interpreter = site.interpreter
        self.dtab = Dtab()
        self.path = WEB

    def set(self, state: Any) -> None:
        self.namer.set("/web", state)

    def watched(self) -> int:
        return self.namer.observers


@pytest.mark.parametrize("rule", RULES)
def test_contract(rule: Any, tmp_path: FilePath) -> None:
    rule(World(tmp_path))


# Which rules count


def test_the_rules_of_the_file_are_the_weakest(site: Site) -> None:
    assert site.found() == "/#/fs/web"
    assert site.found("/svc/web => /#/fs/api") == "/#/fs/api"
    assert site.found("/svc/web => /#/fs/none") == "/#/fs/web", "the next alternative"
    assert site.found("/svc/web => !") == "!"
    assert site.found("/other => /svc", Path.read("/other/web")) == "/#/fs/web"
    assert site.interpreter.dtab() == Dtab.read(TO_FS)


def test_names_follow_the_file(site: Site) -> None:
    seen: list[Any] = []
    observation = site.interpreter.bind(Dtab(), WEB).observe(seen.append)
    site.write("/svc/web => /#/fs/api ;\n")
    assert [show_tree(state.value) for state in seen] == ["/#/fs/web", "/#/fs/api"]
    observation.close()
    assert site.namer.observers == 0


def test_a_change_that_does_not_matter_to_a_name_is_not_told(site: Site) -> None:
    seen: list[Any] = []
    site.interpreter.bind(Dtab(), WEB).observe(seen.append)
    site.write(TO_FS + "/svc/other => /#/fs/api ;\n")
    assert len(site.interpreter.dtab()) == 2
    assert len(seen) == 1


def test_rules_know_their_place_in_the_file(site: Site) -> None:
    node = site.interpreter.explain(Dtab(), WEB)
    rule = node.children[0].dentry
    assert rule is not None
    assert rule.where == Where(str(site.file), 1, 1)


def test_a_namer_is_not_asked_again_because_it_has_something_new(site: Site) -> None:
    seen: list[Any] = []
    site.interpreter.bind(Dtab(), WEB).observe(seen.append)
    site.namer.bind("/web", 1, id="/#/fs/other")
    assert len(seen) == 2
    assert site.namer.asked == ["/web"]


def test_nothing_is_read_anew_for_another_name(site: Site) -> None:
    looks = site.worker.done
    for _ in range(10):
        site.found()
    assert site.worker.done == looks


# When there is no good file


def test_before_the_file_has_been_read_names_are_pending(tmp_path: FilePath) -> None:
    site = Site(tmp_path)
    site.worker.held = True
    assert site.found() == PENDING
    assert not settled(site.interpreter.explain(Dtab(), WEB))
    assert site.interpreter.dtab() == EMPTY_DTAB
    site.passes()
    site.worker.run()
    assert site.found() == "/#/fs/web"


BAD = "/svc => /#/fs ;\n/host -> /x\n"
BAD_SAID = "line 2, column 7: '=' expected but '-' found at '/host [-]> /x'"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda file: file.write_text(BAD), BAD_SAID),
        (lambda file: file.unlink(), "No such file or directory"),
        (lambda file: file.write_bytes(b"#" * (LIMIT + 1)), "larger than 4096 KB"),
        (lambda file: (file.unlink(), file.mkdir()), "not a regular file"),
    ],
)
def test_the_last_good_rules_stay_in_effect(site: Site, spoil: Any, said: str) -> None:
    seen: list[Any] = []
    site.interpreter.bind(Dtab(), WEB).observe(seen.append)
    spoil(site.file)
    site.changed()
    assert site.found() == "/#/fs/web"
    assert site.found(path=Path.read("/svc/api")) == "/#/fs/api", "a new name, too"
    assert len(seen) == 1
    state = site.interpreter.state()
    assert (state["phase"], state["error"]) == ("stale", said)
    assert state["state"]["value"] == TO_FS
    assert site.gauge("stale") == 1
    if site.file.is_dir():
        site.file.rmdir()
    site.write("/svc => /#/fs/api ;\n")
    assert site.found(path=Path.read("/svc")) == "/#/fs/api"
    state = site.interpreter.state()
    assert (state["phase"], state["error"], site.gauge("stale")) == ("ok", None, 0)


@pytest.mark.parametrize(("text", "said"), [(BAD, BAD_SAID), (None, "No such file or directory")])
def test_a_file_that_was_never_good_fails_all_names(
    tmp_path: FilePath, text: str | None, said: str
) -> None:
    site = Site(tmp_path, text)
    seen: list[Any] = []
    site.interpreter.bind(Dtab.read("/svc/web => /#/fs/api"), WEB).observe(seen.append)
    site.passes()
    failed = Failed(f"{site.file}: {said}", NO_DTAB)
    assert (seen, site.found()) == ([PENDING, failed], failed)
    node = site.interpreter.explain(Dtab(), WEB)
    assert (node.kind, node.path, node.code) == ("exception", WEB, NO_DTAB)
    assert node.code in CATALOGUE
    site.write(TO_FS)
    assert show_tree(seen[-1].value) == "/#/fs/api"


def test_a_file_that_is_being_written_is_not_believed(site: Site) -> None:
    seen: list[Any] = []
    site.interpreter.bind(Dtab(), WEB).observe(seen.append)
    site.file.write_text("")
    number = site.watcher.numbers[os.fsencode(site.file.parent)]
    site.interpreter.tree.event(number, MODIFY, b"routes.dtab")
    site.passes(0.03)
    site.file.write_text("/svc => /#/fs/api ;\n")
    site.interpreter.tree.event(number, CLOSE_WRITE, b"routes.dtab")
    site.passes()
    assert len(seen) == 2
    assert site.found(path=Path.read("/svc")) == "/#/fs/api"


def test_an_empty_file_is_a_dtab_after_a_while(site: Site) -> None:
    site.write("")
    assert site.found() == "~"
    assert site.interpreter.state()["phase"] == "ok"


@pytest.mark.parametrize("how", ["rename", "link"])
def test_a_file_that_is_replaced_as_a_whole(site: Site, how: str) -> None:
    new = site.file.with_name("new")
    if how == "rename":
        new.write_text("/svc => /#/fs/api ;\n")
    else:
        (site.file.parent / "v2").mkdir()
        (site.file.parent / "v2" / "routes.dtab").write_text("/svc => /#/fs/api ;\n")
        new.symlink_to("v2/routes.dtab")
    os.replace(new, site.file)
    site.changed(MOVED_TO)
    assert site.found(path=Path.read("/svc")) == "/#/fs/api"


def test_a_lost_event_is_made_up_for(site: Site) -> None:
    site.file.write_text("/svc => /#/fs/api ;\n")
    site.passes(6)
    assert site.found(path=Path.read("/svc")) == "/#/fs/api"


def test_a_file_is_read_without_the_garbage_collector(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    during: list[bool] = []

    def read(content: bytes, source: str, rest: Any) -> str:
        during.append(gc.isenabled())
        raise MemoryError("no memory")

    monkeypatch.setattr(fs, "read_rules", read)
    site.write("/svc => /#/fs/api ;\n")
    assert (during, gc.isenabled()) == ([False], True)
    assert site.interpreter.state()["error"] == "no memory"


def test_names_learn_of_a_change_some_at_a_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradual, "SLICE_S", 0.0)
    seen: list[Any] = []
    for _ in range(3):
        site.interpreter.bind(Dtab(), WEB).observe(seen.append)
    del seen[:]
    rules = Rules("", Dtab.read("/svc/web => /#/fs/api"))
    site.interpreter.tree.nodes[(b"routes.dtab",)].discovery.ok(rules)
    assert len(seen) == 1
    assert site.found() == "/#/fs/api", "a name that is new, and its explanation"
    site.passes()
    assert [show_tree(state.value) for state in seen] == ["/#/fs/api"] * 3


# What it tells, and its end


def test_its_state_is_told(site: Site) -> None:
    site.changed(DELETE)
    state = site.interpreter.state()
    assert json.loads(json.dumps(state)) == state
    assert (state["file"], state["watching"]) == (str(site.file), "inotify")
    assert state["state"]["running"]
    assert state["state"]["value"] == TO_FS
    assert state["state"]["lastUpdatedAt"].startswith("2019-01-01 12:00:00")
    assert state["events"]["lastEventKind"] == "delete"
    assert site.interpreter.kind == "io.l5d.fs"


def test_it_lets_go_of_everything(site: Site) -> None:
    site.interpreter.close()
    assert site.watcher.closed
    assert site.worker.closed
    assert not site.interpreter.state()["state"]["running"]
    assert site.interpreter.state()["state"]["value"] == TO_FS
    assert site.interpreter.dtab() == Dtab.read(TO_FS)
    assert site.gauge("watched") is None


def section(text: str) -> InterpreterConfig:
    return bind(parse(text, "l.yaml"), InterpreterConfig)


def test_configuration(tmp_path: FilePath) -> None:
    file = tmp_path / "routes.dtab"
    file.write_text("")
    config = section(f"kind: io.l5d.fs\ndtabFile: {file}")
    assert config == FsInterpreterConfig(dtab_file=str(file))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("kind: io.l5d.fs", (1, 1), "L5D-4005"),
        ("kind: io.l5d.fs\ndtabFile: /nowhere/at/all", (2, 11), "L5D-4009"),
        ("kind: io.l5d.fs\ndtabFile: /tmp", (2, 11), "L5D-4009"),
    ],
)
def test_faults(text: str, place: tuple[int, int], code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        section(text)
    [fault] = caught.value.faults
    assert ((fault.line, fault.column), fault.code) == (place, code)

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from linkerd import __version__, kinds
from linkerd.catalogue import CATALOGUE
from linkerd.cli.main import main
from linkerd.errors import ConfigError, Fault


def leaves_with(status, arguments):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == status


def test_runs_the_proxy(tap):
    assert main(["l.yaml"]) == 0
    assert tap.runs == [("l.yaml", {"log_level": "INFO", "snapshot_interval_s": 60.0})]


@pytest.mark.parametrize(
    "arguments",
    [
        ["-log.level=DEBUG", "l.yaml"],
        ["-log.level", "debug", "l.yaml"],
        ["l.yaml", "-log.level=Debug"],
    ],
)
def test_the_log_level(tap, arguments):
    assert main(arguments) == 0
    assert tap.runs == [("l.yaml", {"log_level": "DEBUG", "snapshot_interval_s": 60.0})]


def test_the_snapshot_interval(tap):
    flag = "-io.buoyant.telemetry.admin.histogramSnapshotInterval=30.seconds"
    assert main([flag, "-"]) == 0
    assert tap.runs == [("-", {"log_level": "INFO", "snapshot_interval_s": 30.0})]


def test_the_status_of_the_run(tap):
    tap.run = lambda path, **options: 3
    assert main(["l.yaml"]) == 3
    tap.run = lambda path, **options: None
    assert main(["l.yaml"]) == 0


def test_a_configuration_that_does_not_start(tap, capsys):
    def run(path, **options):
        raise ConfigError([Fault("L5D-4010", path, 3, 5, "admin.port", "the port is taken")])

    tap.run = run
    assert main(["l.yaml"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "l.yaml:3:5: admin.port: the port is taken [L5D-4010]",
        "linkerd: 1 fault",
    ]


def test_wrong_use(tap, capsys):
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("usage: linkerd [flags] FILE|-")
    for words in (
        ["a", "b"],
        ["-no.such", "a"],
        ["-log.level=loud", "a"],
        ["check"],
        ["schema", "x"],
    ):
        leaves_with(2, words)
    assert main(["help", "a", "b"]) == 2
    assert tap.runs == []


def test_check(linker, tap, tmp_path, capsys):
    path = tmp_path / "l.yaml"
    path.write_text("good")
    assert main(["check", str(path)]) == 0
    assert main(["-validate", str(path)]) == 0
    assert capsys.readouterr().out == "ok: 2 routers (in, http), 3 servers\n" * 2
    path.write_text("bad")
    assert main([str(path), "-validate"]) == 1
    assert tap.runs == []


@pytest.mark.parametrize("words", [["explain"], ["dtab", "lint"]])
def test_commands_with_a_parser_of_their_own(tap, words, capsys):
    leaves_with(2, words)
    assert f"usage: linkerd {' '.join(words)} FILE|-" in capsys.readouterr().err
    assert tap.runs == []


def test_a_reader_that_has_read_enough():
    command = f"{sys.executable} -m linkerd.cli.main schema | head -c 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("{", "")


def test_version(capsys):
    leaves_with(0, ["--version"])
    assert capsys.readouterr().out == f"linkerd {__version__}\n"


def test_help(capsys):
    assert main(["help", "L5D-1101"]) == 0
    assert CATALOGUE["L5D-1101"].title in capsys.readouterr().out
    assert main(["help", "nonsense"]) == 1
    capsys.readouterr()
    assert main(["help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: linkerd")
    for command in ("check", "explain", "dtab lint", "dtab eval", "dtab diff", "schema"):
        assert f" linkerd {command} " in out.replace("\n", " \n")
    assert "L5D-4001" in out


def test_schema(monkeypatch, capsys):
    monkeypatch.setattr(kinds, "ROOT", "linkerd.config.section:Section")
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_the_command_starts_without_what_it_does_not_need():
    code = (
        "import sys; from linkerd.cli.main import main; main(['help', '1101']);"
        "sys.exit(any(n.split('.')[0] in ('twisted', 'yaml', 'attr') for n in sys.modules))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode
        == 0
    )

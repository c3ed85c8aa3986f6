"""A program reaches its host whole, with its argument, and by no command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import inventory
from ops import far, probe
from ops.environment import Environment
from tests.infra import footprints

PROGRAM = """\
import sys
print(ARGUMENT["word"], __name__, sys.argv)
sys.stderr.write("it's said\\n")
sys.exit(ARGUMENT["code"])
"""


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    footprint = footprints.write(tmp_path, footprints.three())
    # A shell of this machine takes ssh's place: it is handed what a host's shell would be.
    monkeypatch.setattr(probe, "command", lambda _common, _host, remote: ["sh", "-c", remote])
    monkeypatch.setattr(inventory, "pin", lambda _: None)
    return Environment(footprint.parent.name, footprint.parent, tmp_path / "state")


WORDS = {"plain": "word", "quoted": 'it\'s "quoted" $HOME `id`\n', "unicode": "ünï\u2028code", "long": "long" * 100_000}


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_the_program_gets_its_argument_on_every_host(environment: Environment, tmp_path: Path, word: str) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    said = far.run(environment, program, {"word": word, "code": 3}, root=False)
    assert set(said) == {"app1", "app2", "data1"}
    assert said["app1"] == far.Said(3, f"{word} __main__ ['-c']\n", "it's said\n")


def test_only_the_hosts_that_are_asked_for(environment: Environment, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("print(ARGUMENT)")
    assert far.run(environment, program, hosts=["app2"], root=False) == {"app2": far.Said(0, "None\n", "")}

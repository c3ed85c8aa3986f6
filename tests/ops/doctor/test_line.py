"""A line that is not well says what to type, and what it says to type is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ops.doctor import line
from ops.doctor.line import FAIL, OK, WARN, Line
from ops.environment import ROOT, Environment

SOURCES = sorted((ROOT / "ops/doctor").rglob("*.py"))


@pytest.mark.parametrize("state", [WARN, FAIL])
@pytest.mark.parametrize("fix", ["", "  \n"])
def test_a_red_line_without_a_fix_is_refused(state: str, fix: str) -> None:
    """Whoever reads it would be left alone with it."""
    with pytest.raises(ValueError, match="no fix"):
        Line(state, "disk", "app1", "full", fix)


def test_a_state_is_one_of_three() -> None:
    with pytest.raises(ValueError, match="none of"):
        Line("good", "disk", "app1", "empty")


def test_the_worst_counts() -> None:
    lines = [Line(state, "disk", "app1", "", "x") for state in (OK, FAIL, WARN)]
    assert [line.worst(lines[:count]) for count in range(4)] == [OK, OK, FAIL, FAIL]


def test_every_verb_that_a_fix_names_is_in_the_makefile() -> None:
    """A command that is not there is worse than none."""
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {verb for path in SOURCES for verb in re.findall(r"\bmake ([a-z]+(?:-[a-z]+)?)\b", path.read_text())}
    assert len(SOURCES) > 10
    assert len(named) >= 9, named
    assert named <= targets


def test_an_environment_outside_stacks_is_named_by_its_path(one: Environment, tmp_path: Path) -> None:
    assert line.env(one) == "ENV=one"
    away = tmp_path / "else where" / "one"
    away.mkdir(parents=True)
    (away / "footprint.yml").write_text("{}")
    assert line.env(Environment.resolve(str(away), one.root)) == f"ENV='{away}'"


def test_what_runs_on_a_host_goes_by_the_footprint(yours: Environment) -> None:
    told = line.on_host(yours, "app1", "du -x /")
    assert told == ".venv/bin/ansible app1 -i stacks/yours/footprint.yml --become -a 'du -x /'"

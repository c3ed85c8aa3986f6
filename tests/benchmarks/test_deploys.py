"""A deploy that is timed brings something, and nothing but the service; and Ansible's share is what is left over."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from benchmarks import deploys, place, share, timing
from benchmarks.share import Spent
from ops.build import wheel
from ops.environment import ROOT

RECORDED = Path(__file__).with_name("recorded")


def _version(source: Path) -> ModuleType:
    path = source / "src/training/version.py"
    specification = importlib.util.spec_from_file_location("training_version", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_a_changed_service_is_another_wheel_and_no_other_model(tmp_path: Path) -> None:
    """Else nothing is deployed, or a training is timed."""
    directory = place.write(tmp_path)
    variables = yaml.safe_load((directory / "group_vars/all/service.yml").read_text())
    source = Path(variables["service_source"])
    assert not source.is_relative_to(ROOT / "service")
    wheels = [wheel.build(source, tmp_path / "cache").sha256]
    model = _version(source).model_version()
    for _ in range(2):
        place.change(directory)
        wheels.append(wheel.build(source, tmp_path / "cache").sha256)
    assert len(set(wheels)) == 3
    assert wheels[0] == wheel.build(ROOT / "service", tmp_path / "cache").sha256
    assert _version(source).model_version() == model == _version(ROOT / "service").model_version()


def test_a_new_run_starts_from_the_service_as_it_is(tmp_path: Path) -> None:
    place.change(place.write(tmp_path))
    assert (
        place.write(tmp_path).joinpath("service", place.CHANGED).read_bytes()
        == (ROOT / "service" / place.CHANGED).read_bytes()
    )


def _line(number: int, host: str, work: float | None) -> dict[str, Any]:
    return {"number": number, "task": "t", "host": host, "work": work, "wall": 1.0}


LINES = [_line(1, "a", 0.5), _line(1, "b", 2.0), _line(2, "a", None), _line(3, "a", 1.0), {"process": 8.0}]


def test_ansibles_own_is_neither_the_work_of_the_slowest_host_nor_what_was_before_the_playbook() -> None:
    found = share.spent(LINES, 10.0)
    assert found == Spent(whole=10.0, process=8.0, work=3.0)
    assert found.ansible == 5.0


@pytest.mark.parametrize(
    ("verb", "whole", "expected"),
    [
        # find, schema, canary (app2), switch (app2), record
        ("rollback", 10.41, Spent(10.41, 8.52, 0.02 + 0.248901 + 1.346 + 0.086 + 0.052399)),
        # up to the database's schema side by side; then each host is rolled by itself; then the record
        (
            "deploy",
            34.20,
            Spent(
                34.20,
                29.46,
                (0.088459 + 0.011 + 0.025 + 0.085219 + 0.925693 + 0.011144 + 0.337719)
                + (0.041225 + 0.755 + 3.476 + 0.036014)
                + (0.06364 + 1.115 + 3.601 + 0.031668)
                + 0.051137,
            ),
        ),
    ],
)
def test_recorded_runs_on_two_hosts(verb: str, whole: float, expected: Spent) -> None:
    found = share.read(RECORDED / f"{verb}.jsonl", whole)
    assert (found.whole, found.process) == (expected.whole, expected.process)
    assert found.work == pytest.approx(expected.work)


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        ([], 10.0),
        (LINES[:-1], 10.0),  # the run did not come to its end
        (LINES * 2, 20.0),  # two runs in one file
        (LINES, 7.0),  # of another process
        ([_line(1, "a", None), {"process": 8.0}], 10.0),  # no module tells its time any more
    ],
)
def test_what_is_not_one_whole_run_gives_no_share(lines: list[dict[str, Any]], whole: float) -> None:
    """It would be printed, and believed."""
    with pytest.raises(ValueError, match=r"ends of ansible-playbook|do not fit"):
        share.spent(lines, whole)


def test_the_section_has_medians_and_shares() -> None:
    assert timing.RUNS == 3
    deployed = [Spent(30.0, 20.0, 5.0), Spent(10.0, 8.0, 3.0), Spent(12.0, 9.0, 3.0)]
    back = [Spent(4.0, 3.0, 1.0)] * 3
    found = deploys.section(2, deployed, back, [6.0, 5.0, 7.0], [2.0, 1.0, 3.0])
    assert [(figure.ours, figure.peer) for figure in found.figures] == [(12, 6), (12, 2), (4, 2), (6, 12), (2, 4)]
    assert "3.0 s of the deploy and 1.0 s of the rollback" in found.note
    assert found.text().startswith("## Deploys, seconds\n")

"""The callback of `make bench` in a run of Ansible's: what side by side costs once, and one after the other twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks import deploys, share

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - {name: side by side, command: "sleep {{ seconds }}"}
    - {name: items, command: "sleep {{ item }}", loop: [0.1, 0.2], run_once: true}
    - {name: nothing that is told, set_fact: {a: 1}}
    - {name: left out, command: sleep 9, when: false}
    - {name: failed and forgiven, command: sh -c 'sleep 0.1; false', ignore_errors: true, run_once: true}
- hosts: all
  gather_facts: false
  serial: 1
  tasks:
    - {name: in turn, command: sleep 0.2}
"""
TASKS = ("side by side", "items", "failed and forgiven", "in turn")
INVENTORY = """
all:
  vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
  hosts: {a: {seconds: 0.1}, b: {seconds: 0.4}}
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """What it wrote, and the seconds of the whole process."""
    base = tmp_path_factory.mktemp("spent")
    (base / "play.yml").write_text(PLAYBOOK)
    (base / "hosts.yml").write_text(INVENTORY)
    variables = {**os.environ, **deploys.told(base / "spent.jsonl"), "ANSIBLE_LOCAL_TEMP": str(base / "tmp")}
    program = Path(sys.executable).with_name("ansible-playbook")
    begin = time.monotonic()
    subprocess.run([program, "-i", "hosts.yml", "play.yml"], cwd=base, env=variables, check=True, capture_output=True)
    return base / "spent.jsonl", time.monotonic() - begin


def _lines(path: Path, task: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, path.read_text().splitlines()) if line.get("task") == task]


def test_each_host_that_ran_a_task_has_a_line(run: tuple[Path, float]) -> None:
    both = _lines(run[0], "side by side")
    assert sorted(line["host"] for line in both) == ["a", "b"]
    assert len({line["number"] for line in both}) == 1
    assert all(0 < line["work"] < line["wall"] < run[1] for line in both)
    assert len(_lines(run[0], "items")) == len(_lines(run[0], "failed and forgiven")) == 1
    assert [line["work"] for line in _lines(run[0], "nothing that is told")] == [None, None]
    assert _lines(run[0], "left out") == []


def test_hosts_in_turn_are_counted_each(run: tuple[Path, float]) -> None:
    """The roll of a deploy takes its time on every host."""
    assert len({line["number"] for line in _lines(run[0], "in turn")}) == 2


def test_work_is_what_the_commands_took_and_the_rest_is_ansibles(run: tuple[Path, float]) -> None:
    found = share.read(*run)
    took = {task: [line["work"] for line in _lines(run[0], task)] for task in TASKS}
    assert found.work == pytest.approx(
        max(took["side by side"]) + sum(took["items"] + took["failed and forgiven"] + took["in turn"])
    )
    assert 1.2 <= found.work < found.process
    assert found.ansible + found.work == pytest.approx(found.process)


def test_the_process_is_timed_from_its_start(run: tuple[Path, float]) -> None:
    """Not from where Ansible has imported itself and comes to its callbacks."""
    found = share.read(*run)
    assert 0.85 < found.process / found.whole < 1

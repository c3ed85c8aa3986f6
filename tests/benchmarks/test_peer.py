"""The peer does what `tree` does, by stock Ansible's own modules; otherwise the ratio compares two different things."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import peer


@pytest.mark.parametrize("role", peer.HOSTS)
def test_each_file_is_written_by_the_module_that_stock_ansible_has_for_it(role: str) -> None:
    """A program with `{{` or `{#` in it is no template: rendering it fails, or changes it."""
    tasks = peer.play(role, set(peer.targets(role)))["tasks"]
    by = {task["name"]: next(key for key in task if key.startswith("ansible.")) for task in tasks}
    assert by == {name: "ansible.builtin.template" if name.endswith(".j2") else "ansible.builtin.copy" for name in by}
    assert len(by) == len(peer.templates(role)) > 0


def test_the_playbook_is_one(tmp_path: Path) -> None:
    there = {target for role in peer.HOSTS for target in peer.targets(role)}
    assert peer.write(tmp_path / "stock.yml", there) == len(there)
    program = Path(sys.executable).with_name("ansible-playbook")
    argv: list[str | Path] = [program, "--syntax-check", "-i", "a,", tmp_path / "stock.yml"]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

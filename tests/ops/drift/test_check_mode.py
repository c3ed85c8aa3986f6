"""What check mode would change, as findings: held against what the real ansible-playbook prints.

Seen to fail: with the diff not kept from one line to the next.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from ops import playbook
from ops.ansible_output import Output
from ops.drift import check_mode
from ops.drift.finding import Finding
from ops.errors import OperationError
from ops.steps import Step, Steps
from tests.ops.test_playbook import LOCAL, run

HOSTS = {"app1": LOCAL, "app2": LOCAL}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """One run in check mode: a file that differs, one that does not, a loop, and on app2 a failure."""
    directory = tmp_path_factory.mktemp("check")
    same, other = directory / "same", directory / "other"
    same.write_text("a\n")
    other.write_text("port 22\nkeep\n")
    copy = "ansible.builtin.copy"
    looped = {"dest": f"{directory}/{{{{ item }}}}", "content": "x\n"}
    tasks = [
        {"name": "Same", copy: {"dest": str(same), "content": "a\n"}},
        {
            "name": "Sshd",
            copy: {"dest": str(other), "content": "port 2222\nkeep\n"},
            "when": "inventory_hostname == 'app1'",
        },
        {"name": "Loop", copy: looped, "loop": ["x", "y"], "when": "inventory_hostname == 'app1'"},
        {"name": "Refuse", "ansible.builtin.fail": {"msg": "no"}, "when": "inventory_hostname == 'app2'"},
    ]
    run(directory, HOSTS, [])  # writes the environment
    environment, _, _ = run(directory, HOSTS, tasks, options=("--check", "--diff"), read=(read := Output()))
    assert other.read_text() == "port 22\nkeep\n", "check mode changes nothing"
    assert [failure.host for failure in read.failures] == ["app2"], "what was read outlives the failure"
    return [check_mode.finding(environment, change) for change in read.changes]


def test_only_what_would_change_is_named(found: list[Finding]) -> None:
    assert {one.name.split(" ")[0] for one in found} == {"Sshd", "Loop"}
    assert {one.host for one in found} == {"app1"}


def test_each_has_its_own_diff_and_no_other(found: list[Finding]) -> None:
    (sshd,) = [one for one in found if one.name == "Sshd"]
    assert "-port 22" in sshd.diff.splitlines()
    assert "+port 2222" in sshd.diff.splitlines()
    for one in found:
        if one is not sshd:
            assert "port" not in one.diff, "a diff belongs to the task that showed it"


def test_it_says_what_mends_it(found: list[Finding]) -> None:
    assert {one.fix for one in found} == {"make up ENV=yours"}


def test_a_run_that_reaches_no_host_is_an_error_and_not_a_clean_site(tmp_path: Path) -> None:
    environment, _, _ = run(tmp_path, {}, [])
    with pytest.raises(OperationError):
        playbook.run(environment, "try", Step("x", Steps(Console(file=io.StringIO()))), root=tmp_path, read=Output())

"""What check mode would change, as findings: held against what the real ansible-playbook prints.

Seen to fail: with the diff not kept from one line to the next.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from ops import playbook
from ops.ansible_output import Change, Output
from ops.drift import check_mode
from ops.drift.finding import Finding
from ops.environment import Environment
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
    return [one for change in read.changes for one in check_mode.findings(environment, change)]


def test_only_what_would_change_is_named(found: list[Finding]) -> None:
    assert sorted(Path(one.name).name for one in found) == ["other", "x", "y"], "each file by its path"
    assert all(one.what.startswith(f"`make up` would change it: {one.name} (") for one in found)
    assert {one.host for one in found} == {"app1"}


def test_each_has_its_own_diff_and_no_other(found: list[Finding]) -> None:
    (sshd,) = [one for one in found if Path(one.name).name == "other"]
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


def test_a_task_with_several_files_is_a_finding_for_each(yours: Environment) -> None:
    """Whoever accepts one of them would else accept all that the role writes."""
    diff = (
        "--- before: /etc/a\n+++ after: /etc/a\n@@ -1 +1 @@\n-x\n+y\n\n--- before: /etc/b\n+++ after\n@@ -1 +0,0 @@\n-z"
    )
    one, two = check_mode.findings(yours, Change("app1", "Write", "", diff))
    assert [one.name, two.name] == ["/etc/a", "/etc/b"]
    assert one.diff.splitlines()[-2:] == ["-x", "+y"]
    assert two.diff.splitlines()[-1] == "-z"
    (bare,) = check_mode.findings(yours, Change("app1", "Restart", "x", ""))
    assert bare.name == "Restart (x)"

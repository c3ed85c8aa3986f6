"""What a person is told of an Ansible run, held against what the real ansible-playbook prints.

Each run costs seconds, so one run fails in every way, a host a way, and the tests read it.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ops import playbook
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Step, Steps

# The user's own settings, which must not change what is read.
CONFIG = "[defaults]\ncallback_result_format = yaml\n[inventory]\nenable_plugins = yaml\n"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
SAID = io.StringIO()
SECRET = "hunter2-hunter2"  # noqa: S105 - a canary


def shell(name: str, script: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "ansible.builtin.command": {"argv": ["sh", "-c", script]}, **more}


def on(host: str, task: dict[str, Any]) -> dict[str, Any]:
    return {**task, "when": f"inventory_hostname == '{host}'"}


def run(directory: Path, hosts: dict[str, Any], tasks: list[dict[str, Any]], **named: Any) -> Any:
    """Runs the tasks on the hosts; (environment, step, output or error)."""
    (directory / "stacks" / "yours").mkdir(parents=True, exist_ok=True)
    (directory / "ansible").mkdir(exist_ok=True)
    (directory / "ansible.cfg").write_text(CONFIG)
    (directory / "stacks" / "yours" / "footprint.yml").write_text(json.dumps({"all": {"hosts": hosts}}))
    play = [{"name": "Every host", "hosts": "all", "gather_facts": False, "tasks": tasks}]
    (directory / "ansible" / "try.yml").write_text(json.dumps(play))
    environment = Environment.resolve("yours", directory)
    step = Step("Configure", Steps(Console(file=SAID)))
    try:
        return environment, step, playbook.run(environment, "try", step, root=directory, **named)
    except OperationError as error:
        return environment, step, error


ASSERT = {
    "name": "Preflight",
    "ansible.builtin.assert": {"that": ["1 == 2"], "fail_msg": "Too little\nmemory."},
}
COPY = {"name": "Copy", "ansible.builtin.copy": {"dest": "/nowhere/at/all", "content": SECRET}}


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> OperationError:
    """The error of a run in which every host but `well1` fails in a way of its own."""
    hosts = dict.fromkeys(("well1", "proxy1", "small1", "loop1", "hidden1", "copy1"), LOCAL)
    gone = {"gone1": {"ansible_host": "192.0.2.1", "ansible_ssh_executable": "/bin/false"}}
    _, _, error = run(tmp_path_factory.mktemp("failed"), hosts | gone, [
        {"name": "Ping", "ansible.builtin.ping": {}},
        on("proxy1", shell("Check nginx | proxy", "echo 'bad [directive]' >&2; exit 1")),
        on("small1", ASSERT),
        on("loop1", shell("Make", "test {{ item }} = a", loop=["a", "b"])),
        on("hidden1", shell("Set the password", f"echo {SECRET} >&2; exit 1", no_log=True)),
        on("copy1", COPY),
    ])  # fmt: skip
    assert isinstance(error, OperationError)
    return error


TOLD = {
    "a command, by its task": "proxy1: Check nginx | proxy\n    non-zero return code\n    bad [directive]",
    "an assertion, in its own words": "small1: Preflight\n    Too little\n    memory.",
    "a loop, by the item": "loop1: Make\n    b: non-zero return code",
    "that something is hidden": "hidden1: Set the password\n    the output has been hidden",
    "a host that can't be reached": "gone1: Ping\n    ",
    "a module's message": "copy1: Copy\n    ",
}


@pytest.mark.parametrize("text", TOLD.values(), ids=TOLD)
def test_a_failure_is_told(failed: OperationError, text: str) -> None:
    assert text in failed.cause


@pytest.mark.usefixtures("failed")
def test_a_failure_is_said_when_it_is_seen() -> None:
    """The others may have minutes to go: who waits for them knows it by then."""
    assert "!!  Configure" in SAID.getvalue()
    for host in ("small1", "proxy1", "gone1"):
        assert f" s  {host}: " in SAID.getvalue()
    assert SECRET not in SAID.getvalue()


def test_only_who_failed_is_named_and_each_once(failed: OperationError) -> None:
    assert "well1" not in failed.cause
    assert "One or more items" not in failed.cause, "a loop's summary says less than its item"
    assert failed.cause.count("loop1") == 1


def test_the_way_on_is_told(failed: OperationError) -> None:
    assert failed.log is not None
    assert "PLAY RECAP" in failed.log.read_text(), "the log holds the whole run"
    assert "ansible/try.yml" in failed.fix


def test_neither_hidden_results_nor_arguments_are_told_or_logged(failed: OperationError) -> None:
    assert failed.log is not None
    assert SECRET not in str(failed) + failed.log.read_text()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run that works, with an extra variable that is a secret, after fifty others."""
    directory = tmp_path_factory.mktemp("done")
    logs = directory / ".shoestring" / "yours" / "logs"
    logs.mkdir(parents=True)
    for number in range(60):
        (logs / f"20200101T0000{number:02d}-try.log").touch()
    # Where Ansible itself runs: fails if the variable is missing, or if its command line shows it.
    cmdline = "lookup('ansible.builtin.file', '/proc/self/cmdline')"
    look = ["'ansible-playbook' in " + cmdline, "given | length == 15", "given not in " + cmdline]
    tasks = [
        on("app1", shell("Change one", "true")),
        {"name": "Look", "ansible.builtin.assert": {"that": look, "quiet": True}},
    ]
    return run(directory, {"app1": LOCAL, "data1": LOCAL}, tasks, extra_vars={"given": SECRET})


def test_the_recap_is_read(done: Any) -> None:
    _, step, output = done
    assert output.recap["app1"] == {
        "ok": 2, "changed": 1, "unreachable": 0, "failed": 0, "skipped": 0, "rescued": 0, "ignored": 0,
    }  # fmt: skip
    assert output.recap["data1"]["changed"] == 0
    assert (output.changed, step.detail) == (1, "2 hosts, changed=1")


def test_extra_variables_arrive_and_leave_no_trace(done: Any) -> None:
    environment, _, output = done
    assert output.recap["app1"]["failed"] == 0, "they arrived, and no command line had them"
    assert not [path for path in environment.state.rglob("*") if path.is_file() and SECRET in path.read_text()]


def test_logs_are_their_owners_alone_and_the_oldest_go(done: Any) -> None:
    environment, _, _ = done
    logs = sorted((environment.state / "logs").iterdir())
    assert len(logs) == playbook.KEPT_LOGS
    assert logs[0].name == "20200101T000011-try.log"
    assert (logs[-1].stat().st_mode & 0o777, logs[-1].parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_playbook_that_cannot_be_read_is_told_by_ansibles_own_lines(tmp_path: Path) -> None:
    _, _, error = run(tmp_path, {"app1": LOCAL}, [{"name": "Nonsense", "no.such.module": {}}])
    assert "no.such.module" in error.cause
    assert "before it was through" in error.consequence


def test_no_host_is_a_failure(tmp_path: Path) -> None:
    _, _, error = run(tmp_path, {}, [ASSERT])
    assert "matched no host" in error.cause, "Ansible itself ends with 0 there"

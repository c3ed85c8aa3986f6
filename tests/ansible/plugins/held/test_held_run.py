"""A lock on a host lives as long as the run that took it, however that ends, and no longer."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
from datetime import datetime
from pathlib import Path

import pytest

from ops import processes
from tests.ansible.plugins.held.conftest import Site, until


def free(site: Site) -> bool:
    """Whether nobody has the lock, and its file says so."""
    with site.lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return not file.read()


def test_it_is_held_in_the_runs_name_and_free_when_the_run_has_ended(site: Site) -> None:
    run = site.at_work(site.held(), site.work(), site.held("again", doing="more"))
    assert not free(site)
    record = site.record()
    assert datetime.fromisoformat(record.pop("since")).tzinfo is not None
    assert record == {"by": "ada", "from": socket.gethostname(), "pid": run.pid, "doing": "deploy 1.0.0-aa-bb"}
    assert site.lock.stat().st_mode & 0o777 == 0o600, "who can open it can take it"
    code, output = site.finish(run)
    assert code == 0, output
    assert output.count('"doing": "deploy 1.0.0-aa-bb"') == 2, "a second play finds it held by its own run"
    until(lambda: free(site) and not processes.lives(site.called()["watcher"]))


def test_a_killed_run_leaves_nothing(site: Site) -> None:
    run = site.at_work()
    run.send_signal(signal.SIGKILL)
    run.wait()
    until(lambda: free(site))


@pytest.mark.full
def test_a_killed_watcher_frees_it(site: Site) -> None:
    """There is nobody any more who would free it when the run ends."""
    site.at_work()
    os.kill(site.called()["watcher"], signal.SIGKILL)
    until(lambda: free(site))


def test_a_run_whose_lock_is_lost_is_interrupted_and_says_why(site: Site) -> None:
    """Another may begin at once: two deploys side by side are worse than one that stops."""
    run = site.at_work()
    os.kill(site.called()["ssh"], signal.SIGKILL)
    code, output = site.output(run)
    assert code == 99, "Ansible's for an interrupt"
    assert "[ERROR]: The lock 'deploy' on app1 is lost: ssh ended with code -9." in output
    assert "fix: See that app1 can be reached, then run this again." in output
    until(lambda: free(site))


def test_why_is_in_the_environments_logs_where_stderr_is_a_file(site: Site) -> None:
    """The run's own next line would be written over it."""
    with (site.where / "output").open("w") as file:
        run = site.at_work(stdout=file)
        os.kill(site.called()["ssh"], signal.SIGKILL)
        assert run.wait(timeout=60) == 99
    (log,) = (site.state / "logs").iterdir()
    assert "The lock 'deploy' on app1 is lost" in log.read_text()
    assert "is lost" not in (site.where / "output").read_text()


@pytest.mark.full
def test_it_can_be_let_go_early_and_taken_again(site: Site) -> None:
    """A reboot of the very host would end the connection, and so the run."""
    held, released = site.held(), site.held("let go", state="released")
    run = site.at_work(held, released, site.work(), site.held("again"), site.held("gone", state="released"), released)
    assert free(site)
    until(lambda: not processes.lives(site.called()["watcher"]))
    code, output = site.finish(run)
    assert code == 0, output
    assert len(site.calls.read_text().splitlines()) == 2
    assert free(site)


def test_check_mode_takes_nothing(site: Site) -> None:
    code, output = site.output(site.start(site.held(), arguments=("--check",)))
    assert code == 0, output
    assert "skipping: [app1]" in output
    assert not site.calls.exists()
    assert not site.lock.exists()


@pytest.mark.full
def test_what_a_verb_has_open_is_not_kept_open(site: Site) -> None:
    """Its own lock (ops/lock.py) goes to ansible-playbook, and would be held by a watcher that takes long to end."""
    path = site.where / "lock"
    with path.open("w") as file:
        run = site.at_work(pass_fds=(file.fileno(),))
        called = site.called()
        assert os.getsid(called["watcher"]) == called["watcher"], "neither Ctrl-C nor a worker's end may reach it"
        assert open_files(run.pid, path), "the run was to have it"
        assert not open_files(called["watcher"], path)
        assert not open_files(called["ssh"], path)


def open_files(pid: int, path: Path) -> list[Path]:
    if not Path("/proc").is_dir():
        pytest.skip("what a process has open is seen in /proc alone")
    return [link for link in Path(f"/proc/{pid}/fd").iterdir() if link.exists() and link.samefile(path)]


@pytest.mark.full
def test_the_connection_is_one_of_its_own_with_the_pinned_key(site: Site) -> None:
    site.at_work()
    argv = site.called()["argv"]
    assert argv[-8:-1] == ["-o", "HostKeyAlias=app1", "-p", "22", "-l", "admin", "192.0.2.7"]
    assert {"BatchMode=yes", "ControlPath=none", "ServerAliveInterval=5", "ServerAliveCountMax=4"} < set(argv)
    assert argv[-1].startswith("sudo -n python3 ")
    assert json.dumps(site.record()) not in argv[-1]

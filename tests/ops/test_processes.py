"""Nothing that a verb started outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops import processes

# A child that starts a grandchild; sh makes background jobs ignore Ctrl-C, as many daemons do.
CHILD = "sleep 300 & echo $! > {pid}; wait"
PARENT = """
import signal, sys
from ops import processes
# Whatever started the tests: a shell's background job ignores Ctrl-C, nohup the end of the terminal.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_IGN if sys.argv[2:] == ["nohup"] else signal.SIG_DFL)
try:
    with processes.interruptible():
        processes.run(["sh", "-c", sys.argv[1]], merge=True)
except KeyboardInterrupt:
    sys.exit(130)
"""


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_children_and_grandchildren(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, CHILD.format(pid=file)])
    while not (file.exists() and file.read_text().strip()):
        assert parent.poll() is None
        time.sleep(0.05)
    grandchild = int(file.read_text())
    assert alive(grandchild)
    parent.send_signal(number)
    assert parent.wait(timeout=10) == 130
    deadline = time.monotonic() + 5
    while alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(grandchild), "an interrupted `up` must not leave a compiler or a download behind"


def test_under_nohup_a_verb_outlives_its_terminal(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    script = f"touch {file}; sleep 1; exit 0"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, script, "nohup"])
    while not file.exists():
        assert parent.poll() is None
        time.sleep(0.05)
    parent.send_signal(signal.SIGHUP)
    assert parent.wait(timeout=10) == 0


def test_both_streams_are_kept_and_only_the_errors_are_progress() -> None:
    lines: list[str] = []
    done = processes.run(["sh", "-c", "echo out; echo err >&2; exit 3"], on_line=lines.append)
    assert (done.code, done.stdout, done.stderr, lines) == (3, "out\n", "err\n", ["err"])


def test_merged_streams_are_progress_line_by_line() -> None:
    lines: list[str] = []
    done = processes.run(["sh", "-c", "echo a; echo b >&2"], on_line=lines.append, merge=True)
    assert (done.stdout, lines) == ("a\nb\n", ["a", "b"])


def test_a_child_has_no_input_to_wait_for() -> None:
    assert processes.run(["cat"]).code == 0


def test_a_child_leads_a_group_of_this_session() -> None:
    done = processes.run(["sh", "-c", "ps -o pid=,pgid=,sess= -p $$"])
    pid, group, session = map(int, done.stdout.split())
    assert group == pid != os.getpgid(0)
    assert session == os.getsid(0), "sudo's ticket belongs to the session's terminal"

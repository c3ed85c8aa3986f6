"""Nothing that a verb started outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
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
    assert parent.wait(timeout=60) == 130
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
    assert parent.wait(timeout=60) == 0


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


# Takes its time over the first Ctrl-C, as whoever is making a database must, and has none over the second.
PATIENT = """
import signal, sys
from ops import processes
processes.GRACE = 0.5  # less than the child takes
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    with processes.interruptible():
        processes.run(["sh", "-c", sys.argv[1]], patient=True)
except KeyboardInterrupt:
    sys.exit(130)
"""
FINISHES = "trap 'echo asked >> {file}' INT TERM; touch {file}; sleep 1 & wait; wait; echo finished >> {file}"
NEVER_ENDS = "trap 'echo asked >> {file}' INT; trap 'exit 1' TERM; touch {file}; while :; do sleep 0.1; done"


def started(script: str, file: Path) -> subprocess.Popen[bytes]:
    parent = subprocess.Popen([sys.executable, "-c", PATIENT, script.format(file=file)])
    wait_for(parent, file.exists)
    return parent


def wait_for(parent: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    while not condition():
        assert parent.poll() is None
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_what_must_finish_is_asked_once_and_finishes(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "said"
    parent = started(FINISHES, file)
    parent.send_signal(number)
    assert parent.wait(timeout=60) == 130
    said = file.read_text().split()
    assert said == ["asked", "finished"], "a second Ctrl-C would have it stop in the middle of what it makes"


def test_a_second_interrupt_is_heeded_at_once(tmp_path: Path) -> None:
    file = tmp_path / "said"
    parent = started(NEVER_ENDS, file)
    parent.send_signal(signal.SIGINT)
    wait_for(parent, lambda: file.read_text() == "asked\n")
    time.sleep(0.3)
    assert parent.poll() is None, "one interrupt leaves it all the time it wants"
    parent.send_signal(signal.SIGINT)
    assert parent.wait(timeout=60) == 130


def test_output_may_be_heard_apart_from_errors() -> None:
    out: list[str] = []
    err: list[str] = []
    processes.run(["sh", "-c", "echo a; echo b >&2"], on_line=err.append, on_output=out.append)
    assert (out, err) == (["a"], ["b"])


def test_what_is_heard_need_not_be_kept() -> None:
    out: list[str] = []
    done = processes.run(["sh", "-c", "echo a; echo b >&2"], on_output=out.append, kept=False)
    assert (out, done.stdout, done.stderr) == (["a"], "", "b\n")

"""A server that outlives its verb: started once, known again, never mistaken for another, and ended for sure."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.errors import OperationError
from rehearsal.planes import process
from rehearsal.planes.process import Process, began

SLEEPS = ["sleep", "60"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    made = Process("server", tmp_path / "private")
    yield made
    made.stop()


def pid(server: Process) -> int:
    number: int = json.loads((server.directory / "server.json").read_text())["pid"]
    return number


def reaped(number: int) -> None:
    """Waits for a child's end without taking its place: the verb that started it is gone by then."""
    until = time.monotonic() + 5
    while began(number) and time.monotonic() < until:
        time.sleep(0.01)


def file(path: Path) -> Callable[[], bool]:
    return path.is_file


def test_it_is_waited_for_and_found_again(server: Process, tmp_path: Path) -> None:
    assert not server.alive
    server.start(["sh", "-c", f"sleep 0.2; touch {tmp_path}/ready; exec sleep 60"], {}, file(tmp_path / "ready"))
    assert (tmp_path / "ready").is_file()
    assert Process("server", server.directory).alive, "another verb finds it"
    assert not Process("other", server.directory).alive


def test_it_gets_what_it_is_told_and_nothing_else(server: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the person's")
    server.start(["sh", "-c", "env; pwd; touch ready; exec sleep 60"], {"A": "b"}, file(server.directory / "ready"))
    said = server.log.read_text()
    assert "A=b" in said.splitlines()
    assert "the person's" not in said
    assert str(server.directory) in said.splitlines()
    assert os.getsid(pid(server)) == pid(server), "the end of a terminal would end it"
    assert server.directory.stat().st_mode & 0o777 == 0o700
    assert server.log.stat().st_mode & 0o777 == 0o600, "a log may hold what only its owner may see"


def test_nothing_of_the_verb_s_is_open_in_it(server: Process, tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        server.start(SLEEPS, {}, lambda: True)
        opened = {str(each.readlink()) for each in Path(f"/proc/{pid(server)}/fd").iterdir()}
    assert opened == {os.devnull, str(server.log)}, "a lock of the verb's would be held as long as the server lives"


def test_one_that_ends_shows_the_end_of_its_log(server: Process) -> None:
    lines = "for i in $(seq 100); do echo line $i; done; echo no such port >&2; exit 3"
    with pytest.raises(OperationError) as failed:
        server.start(["sh", "-c", lines], {}, lambda: False)
    assert failed.value.cause.startswith("server did not start: ")
    assert failed.value.cause.endswith("line 100\nno such port")
    assert failed.value.cause.count("\n") == process.LINES_OF_A_FAILURE - 1
    assert str(server.log) in failed.value.fix
    assert not server.alive


def test_one_that_is_never_ready_is_ended(server: Process) -> None:
    seen: list[int] = []

    def ready() -> bool:
        seen.append(pid(server))
        return False

    with pytest.raises(OperationError, match="it said nothing"):
        server.start(SLEEPS, {}, ready, seconds=0.1)
    assert began(seen[0]) == 0, "it would hold its port against the next attempt"


def test_one_that_was_killed_is_not_alive(server: Process) -> None:
    server.start(SLEEPS, {}, lambda: True)
    os.kill(pid(server), signal.SIGKILL)
    reaped(pid(server))
    assert not server.alive, "a child that nobody has waited for is still in the table of processes"
    server.start(SLEEPS, {}, lambda: True)
    assert server.alive


def test_a_pid_that_another_process_has_now_is_left_alone(server: Process) -> None:
    server.start(SLEEPS, {}, lambda: True)
    ours, other = pid(server), Process("other", server.directory)
    state = server.directory / "other.json"
    state.write_text(json.dumps({"pid": ours, "began": began(ours) - 1}))  # as after a boot of this machine
    assert not other.alive
    other.stop()
    assert not state.exists()
    assert server.alive, "stop() would have ended what it did not start"


def test_one_that_had_ended_before_it_was_looked_at_runs_no_more(server: Process) -> None:
    server.start(SLEEPS, {}, lambda: True)
    server.stop()
    state = server.directory / "server.json"
    state.write_text(json.dumps({"pid": 2**22 + 1, "began": 0}))  # more than any pid: as after its end
    assert not server.alive
    server.stop(seconds=0.2)
    assert not state.exists(), "it said that it can't be ended, and not what stands in the log"


@pytest.mark.parametrize("text", ["", "{"])
def test_a_state_that_was_cut_off_is_none(server: Process, text: str) -> None:
    server.directory.mkdir()
    (server.directory / "server.json").write_text(text)
    assert not server.alive
    server.stop()


def test_stop_ends_it_and_is_safe_twice(server: Process) -> None:
    server.start(SLEEPS, {}, lambda: True)
    number = pid(server)
    for _ in range(2):
        server.stop()
        assert began(number) == 0
        assert not server.alive
    assert server.log.is_file(), "it says why, when somebody asks later"


def test_one_that_does_not_listen_is_killed(server: Process) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); open('ready', 'w'); time.sleep(60)"
    server.start([sys.executable, "-c", deaf], {}, file(server.directory / "ready"))
    number = pid(server)
    server.stop(seconds=0.4)
    assert began(number) == 0


def test_when_a_process_began_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "a) S 1").symlink_to("/bin/sleep")  # its name stands in parentheses before the numbers
    server = Process("named", tmp_path)
    server.start([tmp_path / "a) S 1", "60"], {}, lambda: True)
    try:
        number = json.loads((tmp_path / "named.json").read_text())["pid"]
        uptime = float(Path("/proc/uptime").read_text().split()[0])
        assert abs(began(number) / os.sysconf("SC_CLK_TCK") - uptime) < 30
    finally:
        server.stop()

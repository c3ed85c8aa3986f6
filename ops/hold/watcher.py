"""Stands between a run of ansible-playbook and its lock on a host: when the one ends, so does the other.

A process of its own, in a session of its own, started by attempt.py with a Job as its input.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from ops.hold import BEAT, faults
from ops.hold.process import Process

ANSWER = 60.0  # seconds that a host gets to say whether the lock is ours
FREEING = 10.0  # seconds that it gets to say that it is free; ssh is ended then
POLL = 1.0  # seconds between two looks at the run
GRACE = 10.0  # seconds that an interrupted run gets until it is asked with SIGTERM


@dataclass(frozen=True)
class Job:
    """`command`: ssh's, run in `directory`; `call`: the line that it is sent first. `pid`: the run's main process.

    `bell`: a FIFO; whatever is written there frees the lock. `state`: a directory whose logs/ get what the run's own
    stderr can't be told, or none. `beat`: seconds between two signs of life.
    """

    name: str
    host: str
    command: list[str]
    directory: str
    call: dict[str, Any]
    pid: int
    bell: Path
    state: str | None = None
    beat: float = BEAT


def watch(job: Job, tell: Callable[[dict[str, Any]], None]) -> None:
    """Tries to take the lock, tells the outcome, and holds it until the run ends or the bell is rung."""
    run = Process(job.pid)
    bell = os.open(job.bell, os.O_RDWR | os.O_NONBLOCK)  # a writer too: a FIFO without one is readable at once
    with tempfile.TemporaryFile() as words:
        ssh = subprocess.Popen(
            job.command, cwd=job.directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words, bufsize=0
        )
        outcome: dict[str, Any] | None = None
        said, end = b"", time.monotonic() + ANSWER
        try:
            _write(ssh, json.dumps(job.call).encode() + b"\n")
            for heard in _heard(job, run, bell, ssh):
                said += heard
                if outcome is not None:
                    continue
                outcome = _outcome(said)
                if outcome is None and time.monotonic() > end:
                    outcome = {"failed": f"It did not answer for {ANSWER:.0f} s."}
                if outcome is not None:
                    tell(outcome)
                    if "held" not in outcome:
                        return
        except EOFError:
            ssh.wait()
            why = _last(words) or f"ssh ended with code {ssh.returncode}."
            if outcome is None:
                tell({"failed": why})
            else:
                _stop(job, run, str(faults.lost(job.name, job.host, why)))
        finally:
            _free(ssh)


def _heard(job: Job, run: Process, bell: int, ssh: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """What the host says, b"" meanwhile, until the run ends or the bell is rung. Raises EOFError if it is lost."""
    assert ssh.stdout is not None
    out = ssh.stdout.fileno()
    beat = time.monotonic()
    while True:
        ready, _, _ = select.select([out, bell, *run.waited_for], [], [], min(job.beat, POLL))
        if run.ended() or bell in ready:
            return
        if time.monotonic() - beat >= job.beat:
            beat = time.monotonic()
            _write(ssh, b"\n")
        heard = os.read(out, 65536) if out in ready else b""
        if out in ready and not heard:
            raise EOFError
        yield heard


def _outcome(said: bytes) -> dict[str, Any] | None:
    """The host's line, which others may precede: of a shell's start-up file."""
    for line in said.split(b"\n")[:-1]:
        with contextlib.suppress(ValueError):
            if isinstance(outcome := json.loads(line), dict):
                return outcome
    return None


def _write(ssh: subprocess.Popen[bytes], content: bytes) -> None:
    assert ssh.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # the end of its output says so too
        ssh.stdin.write(content)


def _free(ssh: subprocess.Popen[bytes]) -> None:
    """Has the far end free the lock, and returns once it has."""
    assert ssh.stdin is not None
    ssh.stdin.close()
    try:
        ssh.wait(FREEING)
    except subprocess.TimeoutExpired:
        ssh.kill()
        ssh.wait()


def _last(words: IO[bytes]) -> str:
    words.seek(0)
    return words.read()[-2000:].decode(errors="replace").strip()


def _stop(job: Job, run: Process, why: str) -> None:
    """Interrupts the run, which is told why on its own stderr."""
    if run.ended():
        return
    if not _told(job.pid, why) and job.state:
        logs = Path(job.state) / "logs"
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        (logs / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-lock-lost.log").write_text(f"{why}\n")
    with contextlib.suppress(ProcessLookupError):
        for number in (signal.SIGINT, signal.SIGTERM):
            run.send(number)
            end = time.monotonic() + GRACE
            while time.monotonic() < end:
                if run.ended():
                    return
                time.sleep(0.1)


def _told(pid: int, why: str) -> bool:
    """Whether it could be written to the stderr of `pid`; a file there would be written over by the process itself."""
    try:
        descriptor = os.open(f"/proc/{pid}/fd/2", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return False
    with os.fdopen(descriptor, "wb", buffering=0) as stderr, contextlib.suppress(OSError):
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return bool(stderr.write(f"[ERROR]: {why}\n".encode()))
    return False


def _answer(outcome: dict[str, Any]) -> None:
    """To whoever started us, who reads to the end of our output."""
    print(json.dumps(outcome), flush=True)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)


def main() -> None:
    given = json.loads(sys.stdin.readline())
    watch(Job(**{**given, "bell": Path(given["bell"])}), _answer)


if __name__ == "__main__":
    main()

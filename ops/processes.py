"""Child processes that end with us: each leads a process group, and `end_all` ends what is still running."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

# Seconds that a child gets to put its house in order, as `rehearsal.hosts` does with a half-made host.
GRACE = 20.0

# A verb that is killed can't end its children, so the kernel asks them to (Linux; elsewhere they run to their end).
_DIES_WITH_US = ["setpriv", "--pdeathsig"] if shutil.which("setpriv") else []

# Descriptors that children keep open: an environment's lock, which then outlives a killed verb as long as they do.
kept_open: set[int] = set()

_running: set[subprocess.Popen[str]] = set()
_patient: set[subprocess.Popen[str]] = set()
_lock = threading.Lock()
_ending = threading.Event()


@dataclass(frozen=True)
class Result:
    """How a child ended: its exit code and what it wrote (`stderr` is empty where the two were merged)."""

    code: int
    stdout: str
    stderr: str


def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
    on_output: Callable[[str], None] | None = None,
    merge: bool = False,
    patient: bool = False,
    kept: bool = True,
) -> Result:
    """Runs `argv` to its end, with no input. `on_line` gets each line as it comes: of stderr, or of both with
    `merge`; `on_output` gets those of stdout without it. Raises KeyboardInterrupt in a thread whose child was ended.

    `patient`: an interrupt lets the child end what it has begun, a second one ends it. `kept`: the result has stdout.
    """
    child = _start(argv, cwd, environment, merge, patient)
    out: deque[str] = deque(maxlen=None if kept else 0)
    err: list[str] = []
    told = on_line if merge else on_output

    def drain_stdout() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            out.append(line)
            if told is not None:
                told(line.rstrip("\n"))

    reader = threading.Thread(target=drain_stdout, daemon=True)
    reader.start()
    try:
        if child.stderr is not None:
            for line in child.stderr:
                err.append(line)
                if on_line is not None:
                    on_line(line.rstrip("\n"))
        reader.join()
        child.wait()
    finally:
        if child.poll() is None:
            _ask(child)
            _end(child)
        with _lock:
            _running.discard(child)
            _patient.discard(child)
    if _ending.is_set():
        raise KeyboardInterrupt
    return Result(child.returncode, "".join(out), "".join(err))


def _start(
    argv: Sequence[str | Path], cwd: Path | None, environment: Mapping[str, str] | None, merge: bool, patient: bool
) -> subprocess.Popen[str]:
    with _lock:
        if _ending.is_set():
            raise KeyboardInterrupt
        wrapper = [*_DIES_WITH_US, "INT" if patient else "TERM"] if _DIES_WITH_US else []
        # A group and not a session: sudo's ticket belongs to the session's terminal.
        child = subprocess.Popen(
            [*wrapper, *(str(word) for word in argv)],
            cwd=cwd,
            env=None if environment is None else {**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merge else subprocess.PIPE,
            text=True,
            errors="replace",
            process_group=0,
            pass_fds=tuple(kept_open),
        )
        _running.add(child)
        if patient:
            _patient.add(child)
    return child


def lives(pid: int) -> bool:
    """Whether there is such a process, whoever it belongs to."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def end_all() -> None:
    """Asks every running child to stop, as Ctrl-C would, and kills what is still there after the grace."""
    _ending.set()
    with _lock:
        children = list(_running)
    for child in children:
        _ask(child)
    for child in sorted(children, key=_patient.__contains__):
        _end(child)


def pause(seconds: float) -> None:
    """Sleeps, but not through an interrupt."""
    if _ending.wait(seconds):
        raise KeyboardInterrupt


def _ask(child: subprocess.Popen[str]) -> None:
    _signal(child, signal.SIGINT)


def _end(child: subprocess.Popen[str]) -> None:
    """Ends a child that has been asked."""
    if child in _patient:
        # Unless whoever interrupted does so again: then what it leaves behind is preferred to waiting.
        with contextlib.suppress(KeyboardInterrupt):
            child.wait()
            return
    for number in (signal.SIGINT, signal.SIGTERM):
        _signal(child, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(GRACE / 2)
            break
    else:
        _signal(child, signal.SIGKILL)
        child.wait()
    # What it started in the background ignores Ctrl-C. Its group stays while one of them lives.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)


def _signal(child: subprocess.Popen[str], number: signal.Signals) -> None:
    if child.poll() is not None:
        return
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return
    except PermissionError:  # sudo started it, so it is root's
        subprocess.run(["sudo", "-n", "kill", "-s", number.name[3:], "--", f"-{child.pid}"], check=False)


@contextmanager
def interruptible() -> Iterator[None]:
    """Makes SIGTERM and SIGHUP act as Ctrl-C, and ends every child before the interrupt goes on."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # What is ignored stays ignored: under nohup a verb outlives its terminal.
    heeded = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heeded}
    try:
        yield
    except KeyboardInterrupt:
        end_all()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _ending.clear()

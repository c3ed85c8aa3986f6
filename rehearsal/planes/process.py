"""A server that outlives the verb which started it: known by its pid and by when that process began."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.errors import OperationError

LINES_OF_A_FAILURE = 15


@dataclass(frozen=True)
class Process:
    """`name` in messages. `directory`, its owner's alone, gets <name>.json and <name>.log."""

    name: str
    directory: Path

    @property
    def log(self) -> Path:
        return self.directory / f"{self.name}.log"

    @property
    def alive(self) -> bool:
        """Whether what was started runs still. A pid that was given to another process meanwhile is not it."""
        known = self._known()
        return known is not None and _runs(known)

    def start(
        self,
        argv: Sequence[str | Path],
        environment: Mapping[str, str],
        ready: Callable[[], bool],
        seconds: float = 20.0,
    ) -> None:
        """Starts it in a session of its own, beside which nothing of this verb's is open, and waits until it is ready.

        `environment` is all that it gets beside PATH and HOME. Raises OperationError with the end of its log.
        """
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        plain = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as log:
            child = subprocess.Popen(
                [str(word) for word in argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
                env={**plain, **environment},
                start_new_session=True,
            )
        self._state.write_text(json.dumps({"pid": child.pid, "began": began(child.pid)}))
        until = time.monotonic() + seconds
        while not ready():
            if child.poll() is not None or time.monotonic() > until:
                self.stop()
                raise self._never()
            time.sleep(0.05)

    def stop(self, seconds: float = 10.0) -> None:
        """Ends it, if it runs. Safe to call twice."""
        known = self._known()
        until = time.monotonic() + seconds
        while known is not None and _runs(known):
            with contextlib.suppress(ProcessLookupError):
                os.kill(known["pid"], signal.SIGTERM if time.monotonic() < until - seconds / 2 else signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(known["pid"], os.WNOHANG)
            if time.monotonic() > until:
                raise OperationError(f"{self.name} (pid {known['pid']}) can't be ended.", "It runs on.", "kill it")
            time.sleep(0.02)
        self._state.unlink(missing_ok=True)

    @property
    def _state(self) -> Path:
        return self.directory / f"{self.name}.json"

    def _known(self) -> dict[str, int] | None:
        try:
            known: dict[str, int] = json.loads(self._state.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return known

    def _never(self) -> OperationError:
        said = self.log.read_text(errors="replace").splitlines()[-LINES_OF_A_FAILURE:]
        return OperationError(
            f"{self.name} did not start: " + "\n".join(said or ["it said nothing"]),
            "What was made so far stays.",
            f"See {self.log}, then run the same again.",
        )


def _runs(known: Mapping[str, int]) -> bool:
    # 0: it had ended before it was looked at, as a server does that finds its port taken.
    return known["began"] != 0 and began(known["pid"]) == known["began"]


def began(pid: int) -> int:
    """When a process began, in clock ticks since the machine's boot (proc(5), stat 22); 0 if there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (OSError, IndexError):
        return 0
    return 0 if text[0] == "Z" else int(text[19])

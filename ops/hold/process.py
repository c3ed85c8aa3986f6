"""Another process, not our child, whose end is to be noticed and which can be asked to end."""

from __future__ import annotations

import os
import select
import signal
import subprocess


class Process:
    """Process `pid`, and none that gets its number later. Raises ProcessLookupError if there is none."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._descriptor = _descriptor(pid)
        self._began = _began(pid) if self._descriptor is None else ""
        if self._descriptor is None and not self._began:
            raise ProcessLookupError(pid)

    @property
    def waited_for(self) -> list[int]:
        """What `select` finds readable as soon as it has ended; empty where only asking again tells."""
        return [] if self._descriptor is None else [self._descriptor]

    def ended(self) -> bool:
        if self._descriptor is None:
            return _began(self._pid) != self._began
        return bool(select.select([self._descriptor], [], [], 0)[0])

    def send(self, number: signal.Signals) -> None:
        """Raises ProcessLookupError if it has ended."""
        if self._descriptor is not None:
            signal.pidfd_send_signal(self._descriptor, number)
        elif self.ended():
            raise ProcessLookupError(self._pid)
        else:
            os.kill(self._pid, number)


def _descriptor(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (AttributeError, NotImplementedError):  # no Linux
        return None
    except ProcessLookupError:
        raise
    except OSError:  # a kernel before 5.3, or a sandbox that refuses the call
        return None


def _began(pid: int) -> str:
    """When it began, as ps says it; empty once it has ended."""
    asked = ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)]
    done = subprocess.run(asked, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False)
    state, _, began = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else began.strip()

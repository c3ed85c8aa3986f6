"""Writes what each task of a run cost to the file that SHOESTRING_BENCH_SPENT names, a JSON object a line.

A task's line, on each host that ran it: {"number": its place among the run's tasks, "task": its name, "host": name,
"work": seconds that the module or command itself reports, null if it reports none, "wall": seconds until its result}.
At the end: {"process": seconds since ansible-playbook was started}.
"""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: spent
type: aggregate
short_description: writes what each task cost
description: [For `make bench`, which says how much of a deploy is Ansible's own.]
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible ships no types
    """Counts tasks as they begin: one that a later batch of hosts runs again is another."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "spent"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
        self._begun: dict[str, float] = {}
        self._path = Path(os.environ["SHOESTRING_BENCH_SPENT"])

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        del task, is_conditional
        self._number += 1

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        del task
        self._number += 1

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        del task
        self._begun[host.name] = time.monotonic()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write(
            {
                "number": self._number,
                "task": result.task.get_name(),
                "host": result.host.name,
                "work": work(result.result),
                "wall": round(time.monotonic() - self._begun[result.host.name], 3),
            }
        )

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        del ignore_errors
        self.v2_runner_on_ok(result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        del stats
        self._write({"process": round(age(), 2)})

    def _write(self, line: dict[str, Any]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")


def work(result: dict[str, Any]) -> float | None:
    """Seconds that a result reports, or its items together; commands do so as `delta`, our modules as `elapsed`."""
    if isinstance(items := result.get("results"), list):
        found = [seconds for item in items if (seconds := work(item)) is not None]
        return sum(found) if found else None
    if isinstance(delta := result.get("delta"), str):
        return (datetime.strptime(delta, "%H:%M:%S.%f") - datetime(1900, 1, 1)).total_seconds()
    return result.get("elapsed")


def age() -> float:
    """Seconds since this process was started, its interpreter's start included."""
    ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")

"""Kills the run it is loaded into, at a task boundary of choice. For tests alone; see tests/hosts/killing.py.

SHOESTRING_TEST_CUT    the number of the task or handler (from 1) that is not begun any more, or a part of its name
SHOESTRING_TEST_TASKS  a file that gets a line for each task begun: `role : name`
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: cut
type: aggregate
short_description: kills its own run at a task boundary
description: [For tests of what a killed run leaves behind.]
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible ships no types
    """Counts tasks and handlers as they begin."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "cut"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._begun = 0
        self._cut = os.environ.get("SHOESTRING_TEST_CUT", "")
        self._list = os.environ.get("SHOESTRING_TEST_TASKS", "")

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        del is_conditional
        self._begin(task.get_name())

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self._begin(task.get_name())

    def _begin(self, name: str) -> None:
        self._begun += 1
        if self._list:
            with Path(self._list).open("a") as file:
                file.write(f"{name}\n")
        if self._cut and (self._cut == str(self._begun) or (not self._cut.isdigit() and self._cut in name)):
            # The group: the run itself, its workers and their ssh. What they began on hosts lives on, as it would.
            os.killpg(0, signal.SIGKILL)

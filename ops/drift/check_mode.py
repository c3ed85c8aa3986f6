"""What `make up` would change: site.yml in check mode, read."""

from __future__ import annotations

import re

from ops import playbook
from ops.ansible_output import Change, Output
from ops.drift.finding import Finding
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Step

KIND = "managed"


def look(environment: Environment, step: Step) -> tuple[list[Finding], list[str]]:
    """The findings, and why a host could not be asked."""
    read = Output()
    try:
        playbook.run(environment, "site", step, options=("--check", "--diff"), read=read)
        problems: list[str] = []
    except OperationError as error:
        if not read.recap:
            raise
        problems = [f"site.yml in check mode: {failure}" for failure in read.failures] or [error.cause]
    return [one for change in read.changes for one in findings(environment, change)], problems


def findings(environment: Environment, change: Change) -> list[Finding]:
    """Each file that a task showed, with its own diff; the task by its name where it showed none."""
    task = change.task + (f" ({change.item})" if change.item else "")
    parts = [part for part in re.split(r"^(?=--- )", change.diff, flags=re.MULTILINE) if part.strip()]
    named = {(_file(part) or task): part for part in parts} or {task: ""}
    return [
        Finding(
            change.host,
            KIND,
            name,
            f"`make up` would change it: {name if name == task else f'{name} ({task})'}",
            f"make up ENV={environment.name}",
            part.strip("\n"),
        )
        for name, part in named.items()
    ]


def _file(part: str) -> str:
    """The file that one diff is of, if it says so."""
    found = re.search(r"^(?:--- before|\+\+\+ after): (/.*)$", part, flags=re.MULTILINE)
    return found[1] if found else ""

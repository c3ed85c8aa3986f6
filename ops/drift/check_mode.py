"""What `make up` would change: site.yml in check mode, read."""

from __future__ import annotations

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
    return [finding(environment, change) for change in read.changes], problems


def finding(environment: Environment, change: Change) -> Finding:
    """A task by its name, and what it showed."""
    item = f" ({change.item})" if change.item else ""
    files = [line.removeprefix("+++ after: ") for line in change.diff.splitlines() if line.startswith("+++ after: ")]
    what = ", ".join(files) or f"{change.task}{item}"
    return Finding(
        change.host,
        KIND,
        change.task + item,
        f"`make up` would change it: {what}",
        f"make up ENV={environment.name}",
        change.diff,
    )

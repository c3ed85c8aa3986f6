"""`backup`: takes one now, and says what can be restored with it."""

from __future__ import annotations

import json
from typing import Any

from ops import lock, playbook
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps

TYPES = ("full", "diff", "incr")


def run(environment: Environment, kind: str, steps: Steps) -> str:
    """Returns sentences about the backup. Raises OperationError."""
    if kind not in TYPES:
        raise OperationError(
            f"{kind!r} is no kind of backup.",
            "No backup was taken.",
            f"make backup TYPE=full (or diff, incr) ENV={environment.name}",
        )
    environment.check()
    with lock.held(environment, "backup"):
        taken = take(environment, kind, steps)
    size, stored = (_size(taken[key]) for key in ("database_bytes", "stored_bytes"))
    return (
        f"{taken['label']}: {taken['type']} backup of {size} ({stored} stored) in {taken['seconds']} s.\n"
        f"It can be restored to any time from {taken['restorable_from']} to {taken['restorable_to']}: "
        f"make restore TO=latest ENV={environment.name}"
    )


def take(environment: Environment, kind: str, steps: Steps) -> dict[str, Any]:
    """One of these types, for who holds the environment's lock; what the host tells of it. Raises OperationError."""
    with steps.step("Backup") as step:
        playbook.run(environment, "backup", step, extra_vars={"backup_type": kind})
    taken: dict[str, Any] = json.loads((environment.state / "backup.json").read_text())
    return taken


def _size(count: int) -> str:
    return f"{count / 1024**2:.1f} MiB" if count < 1024**3 else f"{count / 1024**3:.1f} GiB"

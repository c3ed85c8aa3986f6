"""`restore`: says what would be lost, asks, and runs restore.yml, where everything that matters is."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ops import consent, lock, playbook
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps


def run(environment: Environment, target: str, given: bool, steps: Callable[[], Steps]) -> str:
    """Returns what was restored, in a sentence. `steps` makes a list of steps: one before the question, one after.

    Raises OperationError; unless it says otherwise the database is as it was.
    """
    check(environment, target)
    environment.check()
    with lock.held(environment, "restore"):
        with steps() as before, before.step("Plan") as step:
            playbook.run(environment, "restore-plan", step, extra_vars={"restore_to": target})
        plan = json.loads((environment.state / "restore.json").read_text())
        sys.stdout.write(told(plan) + "\n")
        if not given:
            again = f"make restore TO={target} ENV={environment.name} YES=1"
            consent.ask("restore", "Nothing was restored and nothing was changed.", again)
        with steps() as after, after.step("Restore") as step:
            playbook.run(environment, "restore", step, extra_vars={"restore_to": target, "restore_yes": True})
    return f"The database is as it was at {target}." if plan["until"] else "The database is as it was last."


def check(environment: Environment, target: str) -> None:
    """Raises OperationError for what is neither `latest` nor a past time with its zone."""
    try:
        parsed = None if target == "latest" else datetime.fromisoformat(target)
        good = parsed is None or (parsed.tzinfo is not None and "T" in target and parsed <= datetime.now(UTC))
    except ValueError:
        good = False
    if not good:
        example = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        raise OperationError(
            f"TO={target} is neither `latest` nor a time that has been, with its zone.",
            "Nothing was changed.",
            f"make restore TO=latest ENV={environment.name}, or TO={example}",
        )


def told(plan: dict[str, Any]) -> str:
    """What a restore would do, for whoever has to say yes to it."""
    return (
        f"\nRestore to {plan['target']}, from the backup {plan['label']} of {plan['taken']}.\n"
        f"What is lost: {plan['lost']}.\n"
        "Predictions go on meanwhile and are logged afterwards. The old data is kept until the restored has answered."
    )

"""The first half of `up` for an environment in a cloud: what is to be is judged, made, described, and waited for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ops import lock, secrets
from ops.cloud import blanks, footprint, guard, part, reach, stack
from ops.environment import Environment
from ops.steps import Steps


def check(environment: Environment) -> None:
    """All that can be told before anything is made or changed. Raises SettingsError or OperationError."""
    blanks.check(environment)
    environment.check_before_hosts()
    part(environment, "tunnel").check(environment)
    stack.secrets_provider(environment)


def public(environment: Environment) -> dict[str, Any]:
    """The names and the certificate that the Footprint will have, as JSON types."""
    said = environment.settings().model_dump(mode="json", by_alias=True)
    return {"names": said["names"], "certificate": said["certificate"]}


def make(environment: Environment, steps: Steps) -> None:
    """Guardrails, `pulumi up`, the Footprint, and its hosts booted. Needs the vault, whose login key it hands out."""
    with steps.step("Guardrails") as step:
        step.note(f"{guard.check(environment)} verdicts, all good")
    with steps.step("Cloud") as step:
        step.progress("who is asking")
        part(environment, "account").identity(environment)
        ours = stack.select(environment, step.progress, new=True)
        changes = stack.up(environment, ours, step.progress)
        stated = stack.outputs(environment, ours)
        step.note(summary(changes))
    with steps.step("Footprint") as step:
        step.note(str(footprint.write(environment, stated["footprint"], step.progress)))
    with steps.step("Boot") as step:
        reach.wait(environment, step.progress)
        step.note("")
    for record in stated.get("records") or ():
        steps.warn(f"this DNS record is yours to make, until then its name leads nowhere: {record}")


def only_footprint(environment: Environment, steps: Steps) -> Path:
    """What follows a plain `pulumi up`: the Footprint, from the state and the running machines. Makes nothing."""
    with lock.held(environment, "footprint"):
        with steps.step("Stack") as step:
            secrets.unpack(environment)
            part(environment, "account").identity(environment)
            stated = stack.outputs(environment, stack.select(environment, step.progress))
            step.note("")
        with steps.step("Footprint") as step:
            path = footprint.write(environment, stated["footprint"], step.progress)
            step.note(str(path))
    return path


def summary(changes: dict[str, int]) -> str:
    """{create: 3, same: 40} -> 3 created, 40 as they were."""
    words = {
        "create": "created",
        "update": "changed",
        "replace": "replaced",
        "delete": "deleted",
        "same": "as they were",
    }
    told = [f"{changes[key]} {word}" for key, word in words.items() if changes.get(key)]
    return ", ".join(told) or "nothing there"

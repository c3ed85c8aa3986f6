"""What Pulumi's state says is held is let go there too, where a provider looks into it before it asks its cloud."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from ops.cloud import stack
from ops.environment import Environment

if TYPE_CHECKING:
    from pulumi.automation import Stack


def let_go(
    environment: Environment, ours: Stack, held: Mapping[str, str], urns: Collection[str], consequence: str
) -> None:
    """Sets the property `held[type]` of these resources to false in the state. Raises OperationError.

    Secrets stay encrypted on their way, and the next `up` finds that the program wants it true.
    """
    work = ours.workspace
    named = ["--stack", environment.name]
    with stack.running(environment, consequence):
        exported = work.pulumi_command.run(["stack", "export", *named], work.work_dir, work.env_vars).stdout
        document = json.loads(exported)
        resources = document.get("deployment", {}).get("resources") or []
        changed = [_released(one, held[one["type"]]) for one in resources if _is_meant(one, held, urns)]
        if not any(changed):
            return
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(document, file)
            file.flush()
            work.pulumi_command.run(["stack", "import", *named, "--file", file.name], work.work_dir, work.env_vars)


def _is_meant(resource: Mapping[str, Any], held: Mapping[str, str], urns: Collection[str]) -> bool:
    return resource["type"] in held and resource["urn"] in urns


def _released(resource: dict[str, Any], name: str) -> bool:
    """Whether there was something to set."""
    sides = [side for side in ("inputs", "outputs") if (resource.get(side) or {}).get(name)]
    for side in sides:
        resource[side][name] = False
    return bool(sides)

"""`down`: takes a rehearsed environment off this machine. Servers you own are yours to keep."""

from __future__ import annotations

from ops import lock, rehearsal
from ops.environment import Environment
from ops.errors import OperationError
from ops.forget import forget
from ops.steps import Steps


def run(environment: Environment, steps: Steps) -> None:
    """Safe to run twice. Raises OperationError for an environment whose hosts are not this machine's.

    What is in a cloud is taken down by ops/cloud/down.py.
    """
    if not environment.rehearsed:
        raise OperationError(
            f"The hosts of {environment.name!r} are servers that you own, not made by Shoestring.",
            "`down` left them as they are.",
            "To retire one: take its backups, give its groups to another host in the Footprint, run "
            "`make up`, and only then switch it off yourself.",
        )
    rehearsal.authorize()
    with lock.held(environment, "down"), steps.step("Hosts") as step:
        rehearsal.destroy(environment, step.progress)
        forget(environment, environment.directory / "footprint.yml")
        step.note("gone")

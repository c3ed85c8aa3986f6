"""`down`: takes a rehearsed environment off this machine, or one in a cloud down. Servers you own are yours to keep."""

from __future__ import annotations

from collections.abc import Callable

from ops import lock, rehearsal
from ops.environment import Environment
from ops.errors import OperationError
from ops.forget import forget
from ops.steps import Steps


def run(environment: Environment, confirm: str, data: str, steps: Callable[[], Steps]) -> str:
    """What is left, in words. Safe to run twice. Raises OperationError for hosts that Shoestring did not make.

    `confirm` and `data` are for an environment in a cloud, see ops/cloud/down.py.
    """
    if environment.cloud:
        from ops.cloud import down

        return down.run(environment, confirm, data, steps)
    if environment.rehearses_a_cloud:
        return _rehearsal(environment, steps)
    if not environment.rehearsed:
        raise OperationError(
            f"The hosts of {environment.name!r} are servers that you own, not made by Shoestring.",
            "`down` left them as they are.",
            "To retire one: take its backups, give its groups to another host in the Footprint, run "
            "`make up`, and only then switch it off yourself.",
        )
    rehearsal.authorize()
    with lock.held(environment, "down"), steps() as shown, shown.step("Hosts") as step:
        rehearsal.destroy(environment, step.progress)
        forget(environment, environment.directory / "footprint.yml")
        step.note("gone")
    return f"Nothing of {environment.name} is left on this machine but its secrets."


def _rehearsal(environment: Environment, steps: Callable[[], Steps]) -> str:
    from ops.rehearse import down, place

    rehearsal.authorize()
    with lock.held(environment, "down"), steps() as shown, shown.step("Rehearsal") as step:
        down.everything(place.rehearsed(environment), step.progress)
        step.note("gone")
    return f"Nothing of {environment.name} is left on this machine but its secrets."

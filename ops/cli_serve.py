"""The verbs that change what an environment serves."""

from __future__ import annotations

from typing import Annotated

import typer

from ops.command import CLEAN, ERROR, Env, Yes, chosen, verb
from ops.steps import Steps

Version = Annotated[str, typer.Option("--version", envvar="VERSION", help="A release that was built here before.")]
Model = Annotated[str, typer.Option("--model", envvar="MODEL", help="A model's directory, version or name/version.")]


@verb
def up(version: Version = "", model: Model = "", env: Env = "local", yes: Yes = False) -> int:
    """Make the environment, or whatever of it is not there yet, and see it answer."""
    from ops import show, up
    from ops.look import status

    environment = chosen(env)
    with Steps() as steps:
        up.run(environment, steps, version, model, given=yes)
    found = status.collect(environment)
    show.ready(found, steps.elapsed, steps.console)
    return CLEAN if found.result == status.OK else ERROR


@verb
def deploy(version: Version = "", model: Model = "", env: Env = "local", yes: Yes = False) -> int:
    """Build a release here, or take an earlier one or another model, and bring it to the hosts."""
    from ops import deploy

    deploy.run(chosen(env), Steps, version, model, given=yes)
    return CLEAN


@verb
def rollback(
    env: Env = "local",
    to: Annotated[str, typer.Option("--to", envvar="TO", help="A release; without it the last good one.")] = "",
    yes: Yes = False,
) -> int:
    """Go back to the last good release, with its settings and model, from what the hosts have."""
    from ops import rollback

    with Steps() as steps:
        rollback.run(chosen(env), to, steps, given=yes)
    return CLEAN


@verb
def reboot(
    env: Env = "local",
    host: Annotated[str, typer.Option("--host", envvar="HOST", help="Only this one, whatever that means for it.")] = "",
    yes: Yes = False,
) -> int:
    """Reboot the service hosts one after the other, each out of the balancer meanwhile."""
    from ops import reboot

    with Steps() as steps:
        reboot.run(chosen(env), host, steps, given=yes)
    return CLEAN

"""`up`: from nothing, or from whatever is there, to a service that has answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ops import (
    certificate,
    consent,
    controller,
    deploy,
    gateway_job,
    lock,
    playbook,
    rehearsal,
    secrets,
    serving,
    verify,
)
from ops.build import chosen, release
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Step, Steps

if TYPE_CHECKING:
    from infra.footprint import Footprint


def run(environment: Environment, steps: Steps, version: str = "", model: str = "", *, given: bool = False) -> None:
    """Raises OperationError. Run again it changes only what is not yet so. `version` and `model`: see `chosen`.

    `given` is the yes that production is otherwise asked for, before anything is made.
    """
    if environment.rehearsed:
        environment.check_before_hosts()
        rehearsal.authorize()
    elif environment.cloud:
        _cloud().check(environment)
    else:
        environment.check()
    builder = chosen.parts(environment, version.strip(), model.strip(), steps.warn)
    consent.production(environment, "up", given, lambda: _change(environment))
    with lock.held(environment, "up"):
        with steps.step("This machine") as step:
            controller.ensure(environment, step.progress)
            secrets.ensure_vault(environment)
            if not environment.rehearsed:
                certificate.check(environment, _cloud().public(environment) if environment.cloud else None)
            step.note("")
        if environment.cloud:
            _cloud().make(environment, steps)
        jobs: dict[str, Callable[[Step], Any]] = {}
        if environment.rehearsed:
            jobs["Hosts"] = lambda step: make_hosts(environment, step)
        # While the hosts boot there is no Footprint yet to say if one of them holds buckets.
        if environment.rehearsed or _has_bucket(environment):
            jobs["S3 gateway"] = gateway_job.build
        steps.together(jobs | builder.jobs())
        serve(environment, builder, steps)


def _change(environment: Environment) -> str:
    """In a cloud the plan, with what the CLI says of what stands; elsewhere what the hosts serve."""
    then = "Then its hosts are configured, and today's service is built and deployed."
    if not environment.cloud:
        return f"{serving.now(environment)}\n{then}"
    from ops import plan, show_plan

    console = Console(highlight=False)
    with console.capture() as shown:
        show_plan.text(plan.run(environment.name), console)
    return f"{shown.get()}\n{then}"


def serve(environment: Environment, builder: release.Parts, steps: Steps) -> None:
    """What runs on hosts that are there: configured, the built release in service, verified. Raises OperationError."""
    environment.check()
    with steps.step("Configure") as step:
        playbook.run(environment, "site", step)
    deploy.switch(environment, builder, steps)
    verify.refuse(environment, verify.run(environment, steps))


def only_hosts(environment: Environment, steps: Steps) -> None:
    """The hosts of a rehearsed environment, its secrets and its Footprint, and nothing on them."""
    if not environment.rehearsed:
        raise OperationError(
            f"{environment.name!r} has no rehearsal.yml: its hosts are not made on this machine.",
            "Nothing was made.",
            f"make up ENV={environment.name}",
        )
    environment.check_before_hosts()
    rehearsal.authorize()
    with lock.held(environment, "hosts"):
        with steps.step("This machine") as step:
            controller.ensure(environment, step.progress)
            secrets.ensure_vault(environment)
        with steps.step("Hosts") as step:
            make_hosts(environment, step)


def make_hosts(environment: Environment, step: Step) -> None:
    """Makes the hosts, or finds them there, and writes the Footprint that describes them."""
    made = rehearsal.create(environment, environment.rehearsal, environment.state / "id_ed25519.pub", step.progress)
    rehearsal.write_footprint(environment, made)
    step.note(", ".join(host["name"] for host in made["hosts"]))


def footprint(environment: Environment, steps: Steps) -> Footprint:
    """The Footprint, with all settings checked; in a cloud it is written anew first. Makes and changes no host."""
    if environment.cloud:
        _cloud().only_footprint(environment, steps)
    return environment.check()


def _cloud() -> Any:
    """Imported by the environments that are in one."""
    from ops.cloud import up

    return up


def _has_bucket(environment: Environment) -> bool:
    return any("bucket" in host.groups for host in environment.check().hosts)

"""`reboot`: the service hosts, one after the other. What must not be skipped is in reboot.yml."""

from __future__ import annotations

from ops import consent, lock, playbook, serving
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps


def run(environment: Environment, host: str, steps: Steps, *, given: bool = False) -> None:
    """`host` is one by name, '' for all that another can stand in for. Raises OperationError."""
    footprint = environment.check()
    names = [one.name for one in footprint.hosts if "service" in one.groups]
    if host and host not in names:
        raise OperationError(
            f"HOST={host} is no service host of {environment.name!r}: it has {', '.join(names)}.",
            "Nothing was rebooted.",
            f"make reboot ENV={environment.name} HOST={names[0]}",
        )
    if not host and not [one for one in footprint.hosts if "service" in one.groups and "proxy" not in one.groups]:
        raise OperationError(
            f"Every service host of {environment.name!r} has the public door too, which is shut while it reboots.",
            "Nothing was rebooted.",
            f"make reboot ENV={environment.name} HOST={names[0]}, when that may be",
        )
    verb, which = (f"reboot HOST={host}", host) if host else ("reboot", "in turn, all that another can stand in for")
    consent.production(
        environment, verb, given, lambda: f"{serving.now(environment)}\nNow these are to reboot: {which}."
    )
    with lock.held(environment, "reboot"), steps.step("Reboot") as step:
        playbook.run(environment, "reboot", step, extra_vars={"reboot_host": host} if host else None)

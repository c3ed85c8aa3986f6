"""`down` of an environment in a cloud: says what goes and what stays, wants its name typed, then does it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ops import lock
from ops.cloud import held, part, stack, state
from ops.cloud.cost import Cost
from ops.cloud.state import Entry
from ops.environment import WRITTEN, Environment
from ops.errors import OperationError
from ops.forget import forget
from ops.steps import Step, Steps

if TYPE_CHECKING:
    from pulumi.automation import Stack

DELETE = "delete"
KEEP = "keep"
MOST_SHOWN = 12


def run(environment: Environment, confirm: str, data: str, steps: Callable[[], Steps]) -> str:
    """Returns what is left and costs money, in words. `confirm`: the stack's name, or '' to be asked for it.

    `data`: keep (or '') leaves what is protected, delete does not. Raises OperationError; safe to run again.
    """
    if data not in ("", KEEP, DELETE):
        raise OperationError(
            f"DATA={data} is neither {KEEP} nor {DELETE}.", "Nothing was done.", f"DATA={DELETE}, or none"
        )
    with lock.held(environment, "down"):
        with steps() as before, before.step("This machine") as step:
            step.note(part(environment, "account").identity(environment).who)
            ours = stack.select(environment, step.progress)
            found = _found(environment, ours)
        stays = set() if data == DELETE else state.kept(found)
        sys.stdout.write(told(environment, found, stays) + "\n")
        ask(environment, confirm, data)
        with steps() as after:
            with after.step("Machines and network") as step:
                _machines(environment, ours, found, data, step)
            if data == DELETE:
                with after.step("Data") as step:
                    _data(environment, ours, step)
        forget(environment, environment.directory / WRITTEN)
        return still(environment)


def told(environment: Environment, found: Sequence[Entry], stays: set[str]) -> str:
    """What would go and what would stay, for whoever has to type the name."""
    going, staying = list(state.real(state.goes(found, stays))), [e for e in state.real(found) if e.urn in stays]
    lines = [f"\nOf {environment.name}, {len(going)} resources go: {_some(going)}."]
    if kept := [entry for entry in staying if entry.protect]:
        lines.append(f"The data stays, with all that guards it: {_some(kept)}. It costs money meanwhile.")
        lines.append(f"The next `make up ENV={environment.name}` takes it up again. DATA={DELETE} deletes it for good.")
    elif going:
        lines.append("That is all there is of it: DATA, BACKUPS AND KEY INCLUDED, and no way back.")
    return "\n".join(lines)


def ask(environment: Environment, confirm: str, data: str) -> None:
    """Raises OperationError unless the stack's name was given, or is typed now."""
    again = f"make down ENV={environment.name} CONFIRM={environment.name}" + (f" DATA={data}" if data else "")
    if not confirm and sys.stdin.isatty():
        confirm = input(f"Type the stack's name to take it down ({environment.name}): ").strip()
    if confirm == environment.name:
        return
    given = (
        f"{confirm!r} is not the stack's name, {environment.name!r}." if confirm else "The stack's name was not typed."
    )
    raise OperationError(given, "Nothing was taken down.", again)


def still(environment: Environment) -> str:
    """What is there yet and costs money, a line each. What is down is down, also if that can't be listed."""
    costs = part(environment, "costs")
    try:
        left: list[Cost] = costs.left(environment)
    except OperationError as reason:
        return f"{environment.name} is down. {costs.NOTHING_KNOWN}\n  {reason.cause}"
    if not left:
        return f"Nothing of {environment.name} is left that costs money."
    return "\n".join([f"Of {environment.name} this still costs money:", *(f"  {one}" for one in left)])


def _found(environment: Environment, ours: Stack) -> list[Entry]:
    with stack.running(environment, "Nothing was taken down."):
        return state.entries(ours.export_stack().deployment or {})


def _machines(environment: Environment, ours: Stack, found: Sequence[Entry], data: str, step: Step) -> None:
    """All but the data: also where that goes too, it goes after the machines that might still write to it.

    An earlier run with DATA=delete may have left it without Pulumi's protection, so then it is known by its type.
    """
    protection = part(environment, "protection")
    going = state.goes(found, state.kept(found, protection.DATA if data == DELETE else ()))
    if not going:
        step.note("none were there")
        return
    protection.of_machines(environment, going)
    _let_go(environment, ours, going)
    # By name and not by --exclude-protected, which would take a kept bucket's policy and public access block away.
    with stack.running(environment, protection.STOPPED):
        ours.destroy(target=[entry.urn for entry in going], on_output=step.progress, color="never", show_secrets=False)
    step.note("gone")


def _data(environment: Environment, ours: Stack, step: Step) -> None:
    protection = part(environment, "protection")
    found = _found(environment, ours)
    protection.of_data(environment, found, step.progress)
    _let_go(environment, ours, found)
    workspace = ours.workspace
    with stack.running(environment, protection.STOPPED):
        workspace.pulumi_command.run(
            ["state", "unprotect", "--all", "--yes", "--stack", environment.name],
            workspace.work_dir,
            workspace.env_vars,
        )
        ours.destroy(on_output=step.progress, color="never", show_secrets=False)
    step.note("gone")


def _let_go(environment: Environment, ours: Stack, found: Sequence[Entry]) -> None:
    """In the state too, of what the cloud was just told to let go."""
    protection = part(environment, "protection")
    if urns := {entry.urn for entry in found if entry.type in protection.HELD}:
        held.let_go(environment, ours, protection.HELD, urns, protection.STOPPED)


def _some(found: Sequence[Entry]) -> str:
    names = [f"{entry.type.rpartition(':')[2]} {entry.id}" for entry in found]
    hidden = len(names) - MOST_SHOWN
    return ", ".join(names[:MOST_SHOWN]) + (f" and {hidden} more" if hidden > 0 else "")

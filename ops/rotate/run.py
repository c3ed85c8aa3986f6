"""`rotate`: says what it will do, does it phase by phase, and goes on where an earlier run ended."""

from __future__ import annotations

import os
from collections.abc import Callable

from infra.footprint import Footprint
from ops import consent, lock, vault
from ops.environment import Environment
from ops.errors import OperationError
from ops.rotate import journal, names, opener
from ops.rotate.journal import Journal
from ops.rotate.phases import Turn
from ops.secrets import ensure_vault
from ops.steps import Steps


def run(
    environment: Environment, word: str, steps: Callable[[], Steps], given: bool, say: Callable[[str], object]
) -> None:
    """Rotates what `word` names. Raises OperationError; then the same command goes on from there."""
    wanted = names.chosen(word)
    footprint = environment.check()
    with lock.held(environment, "rotate"):
        if not opener.under_way():
            ensure_vault(environment)
        begun = _begun(environment)
        lacking = {
            name: reason for name in wanted if name not in begun and (reason := _lacks(environment, footprint, name))
        }
        if word in lacking:
            raise OperationError(
                f"{word} can't be rotated in {environment.name!r}: {lacking[word]}.",
                "Nothing was changed.",
                "docs/rotate.md",
            )
        todo = [*begun, *(name for name in wanted if name not in {*begun, *lacking})]
        text = _plan(environment, todo, begun, lacking)
        say(text)
        again = f"rotate SECRET={word}" if word else "rotate"
        consent.production(_gravest(environment, todo), again, given, lambda: text)
        with steps() as shown:
            for name in todo:
                _one(environment, footprint, name, shown, f"make {again} ENV={environment.name}")


def _one(environment: Environment, footprint: Footprint, name: str, steps: Steps, again: str) -> None:
    try:
        if name == opener.NAME:
            with steps.step("Vault key") as step:
                opener.rotate(environment, step)
            return
        secret, book = names.SECRETS[name], Journal(environment, name)
        turn = Turn(environment, footprint, book, steps)
        if book.done == 0:
            secret.begin(turn)
        for phase in secret.phases[book.done - 1 :]:
            phase(turn)
            book.advance()
        book.close()
        steps.say(f"ok  {name} is rotated")
    except OperationError as error:
        told = f"{error.consequence} The rotation of {name} is not done."
        raise OperationError(error.cause, told, f"{error.fix}\nThen go on: {again}", error.log) from None


def _begun(environment: Environment) -> list[str]:
    """What an earlier run did not come to the end of: it is first, whatever was asked for."""
    if opener.under_way():
        return [opener.NAME]  # until it is done, not every vault opens
    entries = journal.unfinished(vault.read(environment.vault, vault.key()))
    return [name for name in names.SECRETS if name in entries]


def _lacks(environment: Environment, footprint: Footprint, name: str) -> str:
    return opener.lacks() if name == opener.NAME else names.SECRETS[name].lacks(environment, footprint)


def _plan(environment: Environment, todo: list[str], begun: list[str], lacking: dict[str, str]) -> str:
    lines = [f"To rotate in {environment.name}:"]
    for name in todo:
        if name == opener.NAME:
            vaults = ", ".join(os.path.relpath(path, environment.root) for path in opener.opened(environment))
            what = f"a new vault key; these are encrypted by it: {vaults}"
        else:
            what = names.SECRETS[name].what
        lines.append(f"  {name}: {what}{' (goes on)' if name in begun else ''}")
    return "\n".join([*lines, *(f"  {name}: not here, since {reason}" for name, reason in lacking.items())]) + "\n"


def _gravest(environment: Environment, todo: list[str]) -> Environment:
    """Whom to ask about: a vault key may open a production environment's vault too."""
    if opener.NAME in todo:
        for path in opener.opened(environment):
            name = path.parents[2].name
            if name.endswith(consent.PRODUCTION):
                return Environment(name, path.parents[2], environment.state.with_name(name))
    return environment

"""Goes on only with a yes: what can't be undone asks everywhere, and a production environment before any change."""

from __future__ import annotations

import sys
from collections.abc import Callable

from ops.environment import Environment
from ops.errors import OperationError

PRODUCTION = "-prod"


def ask(doing: str, consequence: str, again: str) -> None:
    """Wants `yes` typed. Raises OperationError for any other answer, and where there is no terminal.

    `consequence` says what then was not done, `again` is the command that asks no more.
    """
    terminal = sys.stdin.isatty()
    if not terminal or input(f"Type yes to {doing}: ").strip() != "yes":
        cause = "The answer was not yes." if terminal else "There is no terminal to ask at."
        raise OperationError(cause, consequence, again)


def production(environment: Environment, verb: str, given: bool, change: Callable[[], str]) -> None:
    """Shows the change and asks, if the environment is a production one and no yes was `given`.

    `verb`: with its variables, as make takes it. `change` is called only if it is to be shown. Raises OperationError.
    """
    if given or not environment.name.endswith(PRODUCTION):
        return
    sys.stdout.write(f"\n{change()}\n")
    word = verb.partition(" ")[0]
    ask(f"{word} {environment.name}", "Nothing was changed.", f"make {verb} ENV={environment.name} YES=1")

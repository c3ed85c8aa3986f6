"""The verbs that look at a running environment, and change nothing."""

from __future__ import annotations

import sys

from rich.console import Console

from ops.command import CLEAN, ERROR, As, Env, Format, chosen, verb


@verb
def status(env: Env = "local", format: As = Format.text) -> int:  # noqa: A002 - the option's name
    """Does it serve, and if not, what is in the way. Exit code 0 only if all is well."""
    from ops import show_status, status

    found = status.collect(chosen(env))
    if format is Format.json:
        sys.stdout.write(found.json() + "\n")
    else:
        show_status.status(found, Console(highlight=False))
    return CLEAN if found.result == status.OK else ERROR

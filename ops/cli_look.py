"""The verbs that look at a running environment, and change nothing."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from ops.command import CLEAN, ERROR, As, Env, Format, chosen, verb


@verb
def status(env: Env = "local", format: As = Format.text) -> int:  # noqa: A002 - the option's name
    """Does it serve, and if not, what is in the way. Exit code 0 only if all is well."""
    from ops.look import show_status, status

    found = status.collect(chosen(env))
    if format is Format.json:
        sys.stdout.write(found.json() + "\n")
    else:
        show_status.status(found, Console(highlight=False))
    return CLEAN if found.result == status.OK else ERROR


@verb
def logs(
    env: Env = "local",
    host: Annotated[str, typer.Option("--host", envvar="HOST", help="One of the hosts, or several: app1,app2.")] = "",
    unit: Annotated[
        str, typer.Option("--unit", envvar="UNIT", help="nginx, postgresql, a glob, all; else the service's releases.")
    ] = "",
    since: Annotated[
        str, typer.Option("--since", envvar="SINCE", help="A time in UTC, as journalctl takes it; else 1 hour ago.")
    ] = "",
    follow: Annotated[bool, typer.Option("--follow", envvar="FOLLOW", help="Go on until Ctrl-C.")] = False,
    format: As = Format.text,  # noqa: A002 - the option's name
) -> int:
    """What the hosts logged, as one log by time; in UTC. Exit code 0 only if every host could be asked."""
    from ops.look import logs
    from ops.look.log_question import Question

    question = Question(host, unit, since, follow)
    return CLEAN if logs.run(chosen(env), question, format is Format.json) else ERROR

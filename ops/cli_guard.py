"""The verbs that guard an environment: what is not as it should be, and secrets made anew."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from ops.command import CHANGES, CLEAN, ERROR, As, Env, Format, Yes, chosen, verb
from ops.steps import Steps


@verb
def drift(env: Env = "local", format: As = Format.text) -> int:  # noqa: A002 - the option's name
    """What is not as the repository has it, on hosts and in a cloud. Exit code 0 nothing, 2 drift, 1 not looked at."""
    from ops import drift
    from ops.drift import finding, show

    with Steps(Console(stderr=True, highlight=False)) as steps:
        report = drift.run(chosen(env), steps)
    if format is Format.json:
        sys.stdout.write(json.dumps(report.plain(), indent=2) + "\n")
    else:
        show.show(report, Console(highlight=False))
    return {finding.CLEAN: CLEAN, finding.DRIFT: CHANGES, finding.ERROR: ERROR}[report.result]


@verb
def doctor(env: Env = "local", format: As = Format.text) -> int:  # noqa: A002 - the option's name
    """Whether this machine and the hosts are fit, and what to type where not. Exit code 0 if nothing is wrong."""
    from ops.doctor import line, run, show

    found = run.lines(chosen(env))
    if format is Format.json:
        sys.stdout.write(show.as_json(found) + "\n")
    else:
        show.text(found, Console(highlight=False))
    return ERROR if line.worst(found) == line.FAIL else CLEAN


@verb
def rotate(
    secret: Annotated[str, typer.Option("--secret", envvar="SECRET", help="One of them; without it all.")] = "",
    env: Env = "local",
    yes: Yes = False,
) -> int:
    """Make secrets anew while the service answers, and prove each old value dead. A killed run goes on."""
    from ops.rotate import run

    run.run(chosen(env), secret.strip(), Steps, yes, sys.stdout.write)
    return CLEAN

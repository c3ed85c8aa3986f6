"""What every verb has in common: its options, its exit code and how its errors end."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Annotated, ParamSpec

import typer

from infra.problems import SettingsError
from ops import processes
from ops.environment import Environment
from ops.errors import OperationError

# Exit codes. Through make only zero or not zero counts; programs read `result` from FORMAT=json.
CLEAN, ERROR, CHANGES, INTERRUPTED = 0, 1, 2, 130

P = ParamSpec("P")


class Format(StrEnum):
    """Who reads it."""

    text = "text"
    json = "json"


Env = Annotated[
    str, typer.Option("--env", envvar="ENV", help="An environment under stacks/, or the path of a directory.")
]
Yes = Annotated[bool, typer.Option("--yes", envvar="YES", help="Do not ask.")]
As = Annotated[Format, typer.Option("--format", envvar="FORMAT", help="For people, or for programs.")]

# Pretty exceptions print local variables, and a secret may be among them.
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def verb(work: Callable[P, int]) -> Callable[P, None]:
    """A command of `work`'s name whose exit code is what it returns, and whose errors are read by people."""

    @wraps(work)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            with processes.interruptible():
                code = work(*args, **kwargs)
        except (OperationError, SettingsError) as error:
            sys.stderr.write(f"\nerror: {error}\n")
            code = ERROR
        except KeyboardInterrupt:
            sys.stderr.write("\nInterrupted. The same command goes on from here.\n")
            code = INTERRUPTED
        raise typer.Exit(code)

    app.command()(command)
    return command


def chosen(value: str) -> Environment:
    """The environment of that name or path. If it is rehearsed, its emulated cloud takes the real one's place."""
    environment = Environment.resolve(value)
    if environment.rehearses_a_cloud:
        from ops.rehearse import account, place

        account.enter(place.rehearsed(environment))
    return environment

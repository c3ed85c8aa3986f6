"""What doctor says of one thing."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ops.ansible_reasons import explain
from ops.environment import Environment
from ops.errors import OperationError

OK, WARN, FAIL = "ok", "warn", "fail"
STATES = (OK, WARN, FAIL)  # from good to bad
CONTROLLER = "controller"  # where, if not on a host


@dataclass(frozen=True)
class Line:
    """`topic`: what was looked at, on `where`; `found`: what is so; `fix`: the command that mends it."""

    state: str
    topic: str
    where: str
    found: str
    fix: str = ""

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"{self.topic}: {self.state!r} is none of {STATES}")
        if self.state != OK and not self.fix.strip():
            raise ValueError(f"{self.topic}: {self.found!r} has no fix, and a person would be left alone with it")


@dataclass(frozen=True)
class Check:
    """`run` looks at `topics` and returns lines of them, one at least for each."""

    topics: tuple[str, ...]
    run: Callable[[], Iterable[Line]]


def refused(topic: str, error: OperationError, where: str = CONTROLLER, state: str = FAIL) -> Line:
    """An error that a verb would have ended with."""
    return Line(state, topic, where, error.cause, error.fix)


def worst(lines: Iterable[Line]) -> str:
    """The worst of their states."""
    return max((line.state for line in lines), key=STATES.index, default=OK)


def env(environment: Environment) -> str:
    """ENV=... as it has to be typed at the repository's root."""
    inside = environment.directory.parent == environment.root / "stacks"
    return f"ENV={environment.name if inside else shlex.quote(str(environment.directory))}"


def on_host(environment: Environment, host: str, command: str) -> str:
    """The command line that runs `command` as root on a host, with the pinned key; there is no verb for everything."""
    shown = os.path.relpath(environment.footprint, environment.root)
    path = str(environment.footprint) if shown.startswith("..") else shown
    return f".venv/bin/ansible {host} -i {shlex.quote(path)} --become -a {shlex.quote(command)}"


def unreached(said: str, otherwise: str) -> tuple[str, str]:
    """What ssh's words mean, and what to do; `otherwise` where nobody knows."""
    told = explain(said)
    if told is None:
        last = said.strip().rpartition("\n")[2]
        return last or "ssh ended without a word", otherwise
    found, _, fix = told.partition("\n")
    return found, fix


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(names: Iterable[Any], most: int = 3) -> str:
    """The first of them and how many more there are."""
    every = [str(name) for name in names]
    more = len(every) - most
    return ", ".join(every[:most]) + (f" and {more} more" if more > 0 else "")

"""The step list: what a log of CI shows, and that a failing step never hides another's work."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from ops import steps as module
from ops.errors import OperationError
from ops.steps import Step, Steps


class Clock:
    """Time that stands still until told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def made(width: int = 80) -> tuple[Steps, Clock, Callable[[], str]]:
    file, clock = io.StringIO(), Clock()
    return Steps(Console(file=file, width=width, highlight=False), clock), clock, file.getvalue


@pytest.mark.parametrize("terminal", [False, True])
def test_an_alarm_is_said_before_the_step_ends(terminal: bool) -> None:
    file, clock = io.StringIO(), Clock()
    steps = Steps(Console(file=file, width=80, highlight=False, force_terminal=terminal), clock)
    with steps, steps.step("Configure") as step:
        clock.now += 3
        step.alarm("app2: It does not answer [yet].")
        assert "!!  Configure  3.0 s  app2: It does not answer [yet].\n" in file.getvalue()


def test_plain_lines() -> None:
    steps, clock, printed = made(width=20)

    def work() -> None:
        with steps.step("Hosts") as step:
            step.progress("app1: boots")
            clock.now += 1.54
            step.note("3 hosts")
        with steps.step("Configure") as step:
            clock.now += 10
            step.progress("Preflight | host")
            clock.now += module.HEARTBEAT
            step.progress("Install PostgreSQL [16] | database")
            step.progress("Configure PostgreSQL | database")
            clock.now += 60
            raise OperationError("app1 is gone.", "Nothing.", "Bring it back.")

    with steps, pytest.raises(OperationError):
        work()
    assert printed() == (
        "..  Hosts\n"
        "ok  Hosts  1.5 s  3 hosts\n"
        "..  Configure\n"
        "..  Configure  25.0 s  Install PostgreSQL [16] | database\n"
        "!!  Configure  1 min 25 s  Configure PostgreSQL | database\n"
    ), "one line each, never wrapped, brackets are no colours; a long step says that it is alive"


def test_a_terminal_gets_the_same_steps_live() -> None:
    file = io.StringIO()
    with Steps(Console(file=file, width=80, force_terminal=True)) as steps, steps.step("Hosts") as step:
        step.note("3 [hosts]")
    last = [line for line in file.getvalue().splitlines() if "Hosts" in line][-1]
    assert "✓" in last
    assert "3 [hosts]" in last


def test_one_failure_lets_the_others_finish_and_all_are_told() -> None:
    steps, _, printed = made()
    finished = []

    def fails(what: str) -> Callable[[Step], None]:
        def job(_: Step) -> None:
            raise OperationError(f"{what} broke.", "Nothing.", "Mend it.")

        return job

    with steps, pytest.raises(OperationError, match=r"first broke\."):
        steps.together({"A": fails("first"), "B": lambda _: finished.append("B"), "C": fails("third")})
    assert finished == ["B"], "what another job downloaded is in the cache for the next run"
    assert "third broke." in printed(), "each cause is told once; the first is raised"


def test_what_each_job_returns_comes_back_by_its_title() -> None:
    steps, _, _ = made()
    with steps:
        assert steps.together({"A": lambda _: 1, "B": lambda _: 2}) == {"A": 1, "B": 2}
        assert steps.together({}) == {}

"""What a rotation is: phases, each of which may be killed at any point and done again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infra.footprint import Footprint
from ops import playbook, processes
from ops.environment import Environment
from ops.errors import OperationError
from ops.rotate.journal import Journal
from ops.steps import Steps

# Seconds in which what began with an old value ends: a request whose sender had read the file, a handshake.
SETTLE = 5.0
REFUSED = "the old one is refused, the new one taken"


@dataclass(frozen=True)
class Turn:
    """What a phase works with."""

    environment: Environment
    footprint: Footprint
    journal: Journal
    steps: Steps

    def site(self, title: str, *options: str, extra: dict[str, object] | None = None, name: str = "site") -> None:
        with self.steps.step(title) as step:
            playbook.run(self.environment, name, step, options=options, extra_vars=extra)

    def settle(self) -> None:
        processes.pause(SETTLE)


Phase = Callable[[Turn], None]


@dataclass(frozen=True)
class Secret:
    """`what` is done, for the plan. `begin` is the first phase, which the journal begins with, `phases` come after.

    `lacks` says why an environment has no such secret of ours, or ''.
    """

    what: str
    begin: Phase
    phases: tuple[Phase, ...]
    lacks: Callable[[Environment, Footprint], str] = lambda _environment, _footprint: ""


def proven(title: str, turn: Turn, wrong: Callable[[], str], good: str = REFUSED) -> None:
    """A step that asks whether the new value is taken and the old one refused. Raises OperationError."""
    with turn.steps.step(title) as step:
        if found := wrong():
            raise OperationError(
                f"{title}: {found}",
                "The rotation is not done: the old value may still be taken.",
                "make status and make verify say what is the matter",
            )
        step.note(good)

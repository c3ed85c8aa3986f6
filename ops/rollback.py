"""`rollback`: the last good release, or a named one, from the hosts. What must not be skipped is in rollback.yml."""

from __future__ import annotations

import re

from ops import consent, files, lock, playbook, serving
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps

SERVES = "serves: "  # as the playbook says what it went back to
RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+!_-]{0,127}")  # a wheel's version, and digests


def run(environment: Environment, to: str, steps: Steps, *, given: bool = False) -> None:
    """Raises OperationError; unless it says otherwise each host serves what it did."""
    if to and not RELEASE.fullmatch(to):
        raise OperationError(
            f"TO={to!r} is no release's name.",
            "Nothing was changed.",
            f"make status ENV={environment.name} lists the last deploys; without TO= the last good one is taken",
        )
    environment.check()
    verb, target = (f"rollback TO={to}", to) if to else ("rollback", "the last good release before that")
    consent.production(
        environment, verb, given, lambda: f"{serving.now(environment)}\nNow all are to go back to {target}."
    )
    with lock.held(environment, "rollback"), steps.step("Roll back") as step, serving.told(environment):
        output = playbook.run(environment, "rollback", step, extra_vars={"rollback_to": to})
        serving.warn(output, steps)
        release = next(text.removeprefix(SERVES) for text in output.said if text.startswith(SERVES))
        _deploys_next(environment, release)
        step.note(f"release {release}")


def _deploys_next(environment: Environment, release: str) -> None:
    """What was gone back from is not what plain `ansible-playbook` is to deploy next."""
    known = environment.state / "releases" / release.rpartition("-")[0] / "release.json"
    if known.is_file():
        files.write(environment.state / "release.json", known.read_text())

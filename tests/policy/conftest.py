"""The policy pack's processes: one for each stack and way to run, as long as the session lasts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import pytest

from infra import stack_file
from tests.policy import analyzer
from tests.policy.analyzer import PYTHON, ROOT, Analyzer

Run = Callable[..., Analyzer]


@pytest.fixture(scope="session")
def pack() -> Iterator[Run]:
    """A function: the pack for a stack of stacks/, in an update or (with `preview`) before one."""
    if not PYTHON.exists():
        pytest.fail("the policy pack has no environment of its own: make setup-policy")
    made: dict[tuple[str, bool], Analyzer] = {}
    with contextlib.ExitStack() as all_of_them:

        def run(stack: str, preview: bool = False) -> Analyzer:
            if (stack, preview) not in made:
                config = stack_file.read(ROOT / "stacks" / f"Pulumi.{stack}.yaml")
                one = all_of_them.enter_context(analyzer.running(stack, config, preview))
                made[stack, preview] = one
            return made[stack, preview]

        yield run

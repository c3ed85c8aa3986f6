"""`verify`: every role's own asserts, and a prediction whose row is found in Postgres."""

from __future__ import annotations

from ops import playbook
from ops.environment import Environment
from ops.steps import Steps


def run(environment: Environment, steps: Steps) -> None:
    """Raises OperationError with each host's reason if anything is not as it should be."""
    environment.check()
    with steps.step("Verify") as step:
        playbook.run(environment, "verify", step)

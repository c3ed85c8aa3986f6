"""`verify`: every role's own asserts, and a prediction whose row is found in Postgres."""

from __future__ import annotations

from ops import certificate, door, playbook
from ops.environment import Environment
from ops.look import status
from ops.steps import Steps


def run(environment: Environment, steps: Steps) -> None:
    """Raises OperationError with each host's reason if anything is not as it should be."""
    footprint = environment.check()
    with steps.step("Verify") as step:
        playbook.run(environment, "verify", step)
    url, roots = status.url_of(footprint), status.ca_of(environment, footprint)
    answer = door.get(url + "/healthz", roots, environment.state / "api-key")
    for warning in certificate.warnings(environment, footprint, answer.certificate):
        steps.warn(warning)

"""`verify`: every role's own asserts, a prediction whose row is found in Postgres, and who really gets in."""

from __future__ import annotations

from ops import certificate, door, playbook
from ops.environment import Environment
from ops.errors import OperationError
from ops.exposure import run as exposure
from ops.exposure.report import Report
from ops.look import status
from ops.steps import Steps


def run(environment: Environment, steps: Steps, *, full: bool = False) -> Report:
    """Raises OperationError with each host's reason if anything is not as it should be.

    What of its exposure is wrong is in the report alone: `refuse` makes an error of it.
    """
    footprint = environment.check()
    with steps.step("Verify") as step:
        playbook.run(environment, "verify", step)
    with steps.step("Exposure") as step:
        report = exposure.run(environment, full=full)
        step.note(report.line())
    for name, why in report.unasked.items():
        steps.warn(f"not asked: {name}: {why}")
    url, roots = status.url_of(footprint), status.ca_of(environment, footprint)
    answer = door.get(url + "/healthz", roots, environment.state / "api-key")
    for warning in certificate.warnings(environment, footprint, answer.certificate):
        steps.warn(warning)
    return report


def refuse(environment: Environment, report: Report) -> None:
    """Raises OperationError if somebody gets in who should not, or if nothing was asked."""
    if report.idle:
        raise OperationError(
            f"Nothing was counted of: {', '.join(report.idle)}.",
            "What is closed because nobody knocked is not known to be closed.",
            f"make status ENV={environment.name}; then make verify again",
        )
    if report.problems:
        lines = "\n".join(f"- {problem}" for problem in report.problems)
        raise OperationError(
            f"{len(report.problems)} of what was tried is not as stacks/exposure.yml and the settings say:\n{lines}",
            "Somebody may come in who should not, or can't who should. Nothing was changed.",
            f"make up ENV={environment.name} brings hosts back to what is declared; then make verify again",
        )

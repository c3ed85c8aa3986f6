"""The public door and its certificate, as a client finds them."""

from __future__ import annotations

from datetime import UTC, datetime

from infra.footprint import Footprint
from ops import certificate, door
from ops.doctor.line import CONTROLLER, FAIL, OK, WARN, Line, env
from ops.environment import Environment
from ops.look import status

TOPIC = "public door"


def line(environment: Environment, footprint: Footprint) -> Line:
    url = status.url_of(footprint)
    answer = door.get(f"{url}/healthz", status.ca_of(environment, footprint), environment.state / "api-key")
    fix = f"make status {env(environment)} says what is in the way; make up {env(environment)}"
    if answer.code != 200:
        said = f"answers {answer.code}" if answer.code else f"does not answer: {answer.text}"
        return Line(FAIL, TOPIC, CONTROLLER, f"{url} {said}", fix)
    for warning in certificate.warnings(environment, footprint, answer.certificate):
        found, _, renew = warning.partition("; ")
        return Line(WARN, TOPIC, CONTROLLER, found, renew or fix)
    left = (
        f"its certificate ends in {(answer.certificate.end - datetime.now(UTC)).days} days"
        if answer.certificate
        else ""
    )
    return Line(OK, TOPIC, CONTROLLER, f"{url} answers, {left}")

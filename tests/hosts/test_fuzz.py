"""Requests generated from the OpenAPI document, at the public door: no 5xx, no stack trace, and a 4xx says where.

schemathesis makes them, valid ones and ones that break the schema, from a fixed seed. Answers of the door's rate
limit (429) say nothing of the service: such a request is sent again and counted once.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case, GenerationMode

from tests.hosts.site import Site

pytestmark = pytest.mark.full

COUNT = 5000  # requests

TRACE = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\", line \d+|\bat 0x[0-9a-f]{6,}|site-packages", re.IGNORECASE
)
PREDICTIONS = "POST /v1/predictions"
HIDDEN = "GET /metrics"  # in the document, and never from outside


class Sender:
    """Sends cases to the door and judges each answer; `statuses` counts those that were answered."""

    def __init__(self, site: Site) -> None:
        self.statuses: Counter[int] = Counter()
        self.operations: Counter[str] = Counter()
        self._sent: set[str] = set()
        self._base = f"https://{site.footprint()['public']['names'][0]}"
        self._session = requests.Session()
        self._session.trust_env = False  # neither a proxy nor a CA bundle of this machine comes in between
        self._ca = str(site.environment.state / "ca.pem")
        self._session.headers["Authorization"] = f"Bearer {(site.environment.state / 'api-key').read_text().strip()}"

    def document(self) -> dict[str, Any]:
        answer = self._session.get(f"{self._base}/openapi.json", verify=self._ca, timeout=30)
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def send(self, case: Case[Any]) -> None:
        """A request that was sent before is not sent again: Hypothesis repeats itself."""
        request = f"{case.operation.label} {case.media_type} {case.query} {case.headers} {case.body!r}"
        if request in self._sent:
            return
        self._sent.add(request)
        for _ in range(60):
            answer = case.call(base_url=self._base, session=self._session, verify=self._ca, timeout=30)
            if answer.status_code != 429:
                break
            time.sleep(0.5)
        said = f"{case.method} {case.path} {case.body!r:.500} -> {answer.status_code} {answer.text[:500]}"
        assert answer.status_code != 429, f"the limit does not let go: {said}"
        assert answer.status_code < 500, said
        assert not TRACE.search(answer.text), said
        if answer.status_code >= 400:
            _check_error(answer.status_code, answer.text, said)
        self.statuses[answer.status_code] += 1
        self.operations[case.operation.label] += 1


def _check_error(status: int, text: str, said: str) -> None:
    error = json.loads(text)["error"]
    assert error.keys() == {"code", "message", "fields"}, said
    assert error["code"], said
    assert error["message"], said
    # 400 is no JSON at all and 404 no such path: they have no field to name.
    assert status in (400, 404) or error["fields"], said
    assert all(field["path"] and field["message"] for field in error["fields"]), said


def _generate(sender: Sender, count: int) -> None:
    """Sends cases until at least `count` were answered; every operation of the document has its share."""
    operations = {found.ok().label: found.ok() for found in _schema(sender).get_all_operations()}
    assert PREDICTIONS in operations
    for label, operation in operations.items():
        if label != PREDICTIONS:  # without parameters or body there is one request to make
            _run(sender, operation.as_strategy(generation_mode=GenerationMode.POSITIVE), 1, 0)
    predictions = operations[PREDICTIONS]
    for number in range(20):
        missing = count - sender.statuses.total()
        if missing <= 0:
            break
        # Half of each kind, in long runs: the first examples of a run are the simplest, and much alike.
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _run(sender, predictions.as_strategy(generation_mode=mode), max(200, -(-missing // 2)), number)
    assert sender.operations.keys() == operations.keys()


def _schema(sender: Sender) -> Any:
    return schemathesis.openapi.from_dict(sender.document())


def _run(sender: Sender, strategy: Any, most: int, number: int) -> None:
    @seed(20130000 + number)
    @settings(
        max_examples=most,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def one(case: Case[Any]) -> None:
        sender.send(case)

    one()


def _journals(site: Site, since: int) -> dict[str, str]:
    """Host -> what the journals of its services and nginx's error log say that no request may cause."""
    units = "-u shoestring-* -u nginx -u postgresql@17-main -u versitygw"
    words = "Traceback|Exception in|core dumped|rows can.t be written|ERROR|FATAL|PANIC|Failed with result"
    command = (
        f'journalctl {units} --since @{since} --no-pager -o cat | grep -E "{words}"; '
        'grep -E "\\[(crit|alert|emerg)\\]" /var/log/nginx/error.log; true'
    )
    return {host: site.ssh(host, command).stdout for host in site.hosts()}


def _restarts(site: Site) -> dict[str, str]:
    command = "systemctl show --property=NRestarts,MainPID --value shoestring-service@*.service"
    return {host: site.ssh(host, command).stdout for host in ("app1", "app2")}


def test_generated_requests_get_no_5xx_and_no_stack_trace(site: Site) -> None:
    since, before = int(time.time()), _restarts(site)
    noise = _journals(site, since)
    sender = Sender(site)
    _generate(sender, COUNT)
    assert sender.statuses.total() >= COUNT
    assert sender.statuses[200] > COUNT // 10, f"hardly a request was good: {sender.statuses}"
    assert sender.statuses[422] > COUNT // 10, f"hardly a request was bad: {sender.statuses}"
    assert sender.operations[HIDDEN] == sender.statuses[404], "what is not there, but for the metrics"
    assert _journals(site, since) == noise, "a request left its mark in a journal"
    assert _restarts(site) == before, "a process ended and came back"

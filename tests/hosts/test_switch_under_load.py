"""A new release takes over under load: no request is lost, though nginx keeps connections to the old one."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time

import pytest

from tests.hosts.site import Site
from tests.hosts.test_requests import FLIGHT, PREDICTIONS

CLIENTS, PAUSE = 8, 0.05  # stays under the door's rate limit
# POST: a request that nginx may not send twice. What a release misses is lost.
BODY = json.dumps({"instances": [FLIGHT]})


def _ask(site: Site, seen: list[int | str], stop: threading.Event) -> None:
    context = ssl.create_default_context(cafile=str(site.environment.state / "ca.pem"))
    key = (site.environment.state / "api-key").read_text().strip()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection = http.client.HTTPSConnection(site.footprint()["public"]["names"][0], context=context, timeout=30)
    while not stop.is_set():
        try:
            connection.request("POST", PREDICTIONS, BODY, headers)
            answer = connection.getresponse()
            answer.read()
            seen.append(answer.status)
        except (OSError, http.client.HTTPException) as error:
            seen.append(repr(error))
            connection.close()
        time.sleep(PAUSE)


@pytest.mark.full
def test_no_request_is_lost_when_releases_change(site: Site) -> None:
    """Two changes on two hosts each: to a release with other settings, and back."""
    before = site.status()["release"]
    seen: list[int | str] = []
    stop = threading.Event()
    clients = [threading.Thread(target=_ask, args=(site, seen, stop)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    try:
        for options in (("-e", '{"service_environment": {"TRIAL": "under load"}}'), ()):
            done = site.playbook("deploy", *options)
            assert done.returncode == 0, done.stdout
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert len(seen) > 500
    assert set(seen) == {200}, [one for one in seen if one != 200]
    assert site.status()["release"] == before

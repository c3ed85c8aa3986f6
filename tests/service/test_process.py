"""The running service: killed, stopped under load, and with its database taken away."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import httpx
import pytest

from predictor import schema
from tests.service.postgres import Postgres, wait_until
from tests.service.server import FLIGHT, Server

Start = Callable[[dict[str, str]], Server]


def _ids(cluster: Postgres) -> list[str]:
    with cluster.admin("service") as connection:
        return [key for (key,) in connection.execute("select id::text from service.predictions")]


@pytest.fixture
def running(database: dict[str, str]) -> dict[str, str]:
    """The environment of a service whose database is ready."""
    assert schema.main() == 0
    return database


def _load(server: Server, answered: list[str], done: threading.Event) -> threading.Thread:
    """A client that asks until the server is gone; keeps the ids it got."""

    def ask() -> None:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(server.socket)), base_url="http://s") as client:
            while not done.is_set():
                try:
                    answer = client.post("/v1/predictions", json={"instances": [FLIGHT] * 3}, timeout=30)
                except httpx.TransportError:
                    return
                assert answer.status_code == 200
                answered.extend(prediction["id"] for prediction in answer.json()["predictions"])

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_a_stop_under_load_loses_no_answered_prediction(
    start: Start, running: dict[str, str], cluster: Postgres
) -> None:
    server = start(running)
    wait_until(lambda: server.database() == "ok", 10, "the database takes rows")
    answered: list[str] = []
    clients = [_load(server, answered, threading.Event()) for _ in range(6)]
    time.sleep(1.5)
    server.end(signal.SIGTERM)
    for client in clients:
        client.join(30)
    assert server.process.returncode in (0, -signal.SIGTERM)
    assert len(answered) > 300
    assert set(answered) <= set(_ids(cluster)), "a client has these answers: they must be in the log"


def test_without_its_database_it_predicts_and_catches_up(
    start: Start, running: dict[str, str], cluster: Postgres
) -> None:
    server = start(running)
    wait_until(lambda: server.database() == "ok", 10, "the database takes rows")
    ids = server.predict(5)
    cluster.stop()
    try:
        wait_until(lambda: server.database() == "degraded", 10, "readiness says that the database is away")
        for _ in range(20):
            ids += server.predict(50)
        time.sleep(3)  # long enough for rows to go to the spool
        ids += server.predict(5)
    finally:
        cluster.start()
    wait_until(lambda: server.database() == "ok", 10, "reconnected")
    wait_until(lambda: sorted(_ids(cluster)) == sorted(ids), 10, "each prediction is there once")
    log = server.errors.read_text()
    assert "Traceback" not in log
    assert log.count("takes no rows") == 1, "an outage is one line, not one a try"


def test_what_one_instance_could_not_write_the_next_one_does(
    start: Start, running: dict[str, str], cluster: Postgres
) -> None:
    cluster.stop()
    try:
        first = start(running)
        ids = first.predict(1000)
        first.end(signal.SIGTERM)
        second = start(running)
        ids += second.predict(7)
    finally:
        cluster.start()
    third = start(running)  # two at once on one spool, as during a deploy
    wait_until(lambda: sorted(_ids(cluster)) == sorted(ids), 15, "each prediction is there once")
    assert {second.database(), third.database()} == {"ok"}


def test_a_kill_leaves_nothing_that_stops_the_next(start: Start, running: dict[str, str], cluster: Postgres) -> None:
    cluster.stop()
    try:
        first = start(running)
        ids = first.predict(100)
        time.sleep(3)
        first.end(signal.SIGKILL)
    finally:
        cluster.start()
    second = start(running)
    wait_until(lambda: sorted(_ids(cluster)) == sorted(ids), 15, "what was spooled before the kill is there")
    assert second.database() == "ok"


def test_a_frozen_database_stops_neither_answers_nor_the_stop(
    start: Start, running: dict[str, str], cluster: Postgres
) -> None:
    server = start(running)
    wait_until(lambda: server.database() == "ok", 10, "the database takes rows")
    cluster.freeze(frozen=True)
    try:
        started = time.monotonic()
        ids = server.predict(500)
        assert time.monotonic() - started < 2, "the answer does not wait for the log"
        server.end(signal.SIGTERM)
        assert time.monotonic() - started < 35, "a unit's stop is not held up for ever"
    finally:
        cluster.freeze(frozen=False)
    start(running)
    wait_until(lambda: sorted(_ids(cluster)) == sorted(ids), 15, "each prediction is there once")


def test_a_start_without_a_model_says_what_to_do(start: Start) -> None:
    with pytest.raises(AssertionError, match="SERVICE_MODEL_DIR is not set"):
        start({"SERVICE_MODEL_DIR": ""})

"""The running service: killed, stopped under load, and with its database taken away."""

from __future__ import annotations

import resource
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
        time.sleep(3)  # over a try that fails
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


@pytest.mark.parametrize("sync", ["always", pytest.param("interval", marks=pytest.mark.full)])
@pytest.mark.parametrize("outage", [False, True], ids=["database", "outage"])
def test_a_kill_under_load_loses_no_answered_prediction(
    start: Start, running: dict[str, str], cluster: Postgres, outage: bool, sync: str
) -> None:
    """Three times, at different moments: what clients were told is compared with what Postgres holds in the end."""
    answered: list[str] = []
    environment = running | {"SERVICE_LOG_SYNC": sync}
    if outage:
        cluster.stop()
    try:
        for seconds in (0.05, 0.4, 1.1):
            server = start(environment)
            clients = [_load(server, answered, threading.Event()) for _ in range(6)]
            time.sleep(seconds)
            server.end(signal.SIGKILL)
            for client in clients:
                client.join(30)
    finally:
        if outage:
            cluster.start()
    assert len(answered) > 300
    last = start(environment)
    wait_until(lambda: set(answered) <= set(_ids(cluster)), 15, "a client has these answers: they must be in the log")
    wait_until(lambda: last.waits() == 0, 15, "what the killed ones left is gone from the spool")


def test_with_its_spool_full_it_predicts_and_a_kill_still_loses_nothing(
    start: Start, running: dict[str, str], cluster: Postgres
) -> None:
    """A limit on the size of files is as real as a full disk: part of a row is written, then no more."""
    server = start(running)
    wait_until(lambda: server.database() == "ok", 10, "the database takes rows")
    server.predict(1)
    _, most = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, most))
    ids = [key for _ in range(10) for key in server.predict(50)]
    assert server.ready()["spool"] == "degraded"
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (most, most))

    def taken_again() -> bool:
        ids.extend(server.predict(1))
        return bool(server.ready()["spool"] == "ok")

    wait_until(taken_again, 10, "a disk that failed is tried again")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, most))
    ids += server.predict(50)
    server.end(signal.SIGKILL)
    start(running)
    wait_until(lambda: set(ids) <= set(_ids(cluster)), 15, "the answers waited for the database")


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


@pytest.mark.parametrize(
    ("kind", "size", "status"), [("text/plain", 900_000, 415), ("application/json", 3_000_000, 413)]
)
def test_a_refused_body_keeps_its_answer_and_its_connection(start: Start, kind: str, size: int, status: int) -> None:
    """To close with a body half read resets the connection, and nginx makes a 502 of the answer that was under way."""
    server = start({})
    path = httpx.HTTPTransport(uds=str(server.socket), limits=httpx.Limits(max_connections=1))
    with httpx.Client(transport=path, base_url="http://s") as client:
        for _ in range(30):
            answer = client.post("/v1/predictions", content=bytes(size), headers={"Content-Type": kind})
            assert answer.status_code == status
            assert "connection" not in answer.headers

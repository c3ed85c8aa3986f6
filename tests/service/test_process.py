"""The running service: killed, stopped under load, and with its database taken away."""

from __future__ import annotations

import resource
import signal
import threading
import time
from collections.abc import Callable
from functools import partial

import httpx
import pytest

from predictor import database, schema
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


def _at_least(answered: list[str], count: int) -> bool:
    return len(answered) >= count


def test_a_stop_under_load_loses_no_answered_prediction(
    start: Start, running: dict[str, str], cluster: Postgres
) -> None:
    server = start(running)
    wait_until(lambda: server.database() == "ok", "the database takes rows")
    answered: list[str] = []
    clients = [_load(server, answered, threading.Event()) for _ in range(6)]
    wait_until(partial(_at_least, answered, 300), "the load is under way")
    server.end(signal.SIGTERM)
    for client in clients:
        client.join(30)
    assert server.process.returncode in (0, -signal.SIGTERM)
    assert set(answered) <= set(_ids(cluster)), "a client has these answers: they must be in the log"


def test_without_its_database_it_predicts_and_catches_up(
    start: Start, running: dict[str, str], cluster: Postgres
) -> None:
    server = start(running)
    wait_until(lambda: server.database() == "ok", "the database takes rows")
    ids = server.predict(5)
    cluster.stop()
    try:
        wait_until(lambda: server.database() == "degraded", "readiness says that the database is away")
        for _ in range(20):
            ids += server.predict(50)
        time.sleep(3)  # over a try that fails
        ids += server.predict(5)
    finally:
        cluster.start()
    wait_until(lambda: server.database() == "ok", "reconnected")
    wait_until(lambda: sorted(_ids(cluster)) == sorted(ids), "each prediction is there once")
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
    wait_until(lambda: sorted(_ids(cluster)) == sorted(ids), "each prediction is there once")
    assert {second.database(), third.database()} == {"ok"}


@pytest.mark.parametrize("sync", ["always", pytest.param("interval", marks=pytest.mark.full)])
@pytest.mark.parametrize("outage", [pytest.param(False, marks=pytest.mark.full), True], ids=["database", "outage"])
def test_a_kill_under_load_loses_no_answered_prediction(
    start: Start, running: dict[str, str], cluster: Postgres, outage: bool, sync: str
) -> None:
    """Three times, after one, some and many answers: what clients were told is what Postgres holds in the end."""
    answered: list[str] = []
    environment = running | {"SERVICE_LOG_SYNC": sync}
    if outage:
        cluster.stop()
    try:
        for more in (1, 100, 250):
            server = start(environment)
            clients = [_load(server, answered, threading.Event()) for _ in range(6)]
            least = len(answered) + more
            wait_until(partial(_at_least, answered, least), "the load is under way")
            server.end(signal.SIGKILL)
            for client in clients:
                client.join(30)
    finally:
        if outage:
            cluster.start()
    last = start(environment)
    wait_until(lambda: set(answered) <= set(_ids(cluster)), "a client has these answers: they must be in the log")
    wait_until(lambda: last.waits() == 0, "what the killed ones left is gone from the spool")


def test_with_its_spool_full_it_predicts_and_a_kill_still_loses_nothing(
    start: Start, running: dict[str, str], cluster: Postgres
) -> None:
    """A limit on the size of files is as real as a full disk: part of a row is written, then no more."""
    server = start(running)
    wait_until(lambda: server.database() == "ok", "the database takes rows")
    server.predict(1)
    _, most = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, most))
    ids = [key for _ in range(10) for key in server.predict(50)]
    assert server.ready()["spool"] == "degraded"
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (most, most))

    def taken_again() -> bool:
        ids.extend(server.predict(1))
        return bool(server.ready()["spool"] == "ok")

    wait_until(taken_again, "a disk that failed is tried again")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (4096, most))
    ids += server.predict(50)
    server.end(signal.SIGKILL)
    start(running)
    wait_until(lambda: set(ids) <= set(_ids(cluster)), "the answers waited for the database")


def test_a_frozen_database_stops_neither_answers_nor_the_stop(
    start: Start, running: dict[str, str], cluster: Postgres
) -> None:
    server = start(running)
    wait_until(lambda: server.database() == "ok", "the database takes rows")
    cluster.freeze(frozen=True)
    try:
        started = time.monotonic()
        ids = server.predict(500)
        assert time.monotonic() - started < database.OPERATION_SECONDS, "it waited until the log gave up"
        server.end(signal.SIGTERM)  # a stop that is held up for ever fails this by its own limit
    finally:
        cluster.freeze(frozen=False)
    start(running)
    wait_until(lambda: sorted(_ids(cluster)) == sorted(ids), "each prediction is there once")


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

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from predictor import commit, log
from predictor.app import create_app
from predictor.settings import Settings
from predictor.spool import Spool
from tests.service.postgres import Postgres, binaries
from tests.service.server import Server
from training.pipeline import ensure


@pytest.fixture(scope="session")
def model_directory() -> Path:
    """The model of today's code, from the cache that `make up` uses too; trained once (20 s)."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(ensure(cache / "shoestring" / "models")["directory"])


@pytest.fixture(scope="session")
def card(model_directory: Path) -> dict[str, Any]:
    return dict(json.loads((model_directory / "card.json").read_text()))


@pytest.fixture(scope="module")
def client(model_directory: Path) -> Iterator[TestClient]:
    """The app in this process, without a database."""
    settings = Settings(release="test", model_directory=model_directory, database=False, spool_directory=None)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def cluster() -> Iterator[Postgres]:
    programs = binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server in /usr/lib/postgresql: apt-get install postgresql")
    server = Postgres(programs)
    try:
        server.prepare()
        yield server
    finally:
        server.remove()


@pytest.fixture
def database(cluster: Postgres, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A fresh, empty database, also set in this process's environment."""
    environment = cluster.create("service")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


@pytest.fixture
def start(tmp_path: Path, model_directory: Path) -> Iterator[Callable[..., Server]]:
    """Starts instances that share one spool directory; ends them all."""
    spool = tmp_path / "spool"
    spool.mkdir()
    servers: list[Server] = []

    def begin(environment: dict[str, str]) -> Server:
        directory = tmp_path / f"instance{len(servers)}"
        directory.mkdir()
        common = {
            "SERVICE_MODEL_DIR": str(model_directory),
            "SERVICE_SPOOL_DIR": str(spool),
            "SERVICE_RELEASE": "r1",
        }
        servers.append(Server(directory, common | environment))
        return servers[-1]

    yield begin
    for server in servers:
        server.end()


@pytest.fixture
def fast_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prediction log's waits, short enough for tests."""
    monkeypatch.setattr(log, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(log, "LINGER_SECONDS", 0.005)
    monkeypatch.setattr(log, "STOP_SECONDS", 0.5)
    monkeypatch.setattr(commit, "RETRY_SECONDS", 0.05)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, 1 << 30)

"""A store with two buckets on a free port of the loopback, and two accounts: one keeps backups, one has no right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2 import service_account

from rehearsal.planes.authority import Authority
from rehearsal.planes.gcs import accounts
from rehearsal.planes.gcs.store import GcsBucket, Store
from tests.rehearsal.planes.s3_kit import free_port

KEEPER, STRANGER = (accounts.email(name, "acme-test") for name in ("keeper", "stranger"))
BACKUPS = GcsBucket("backups", {"roles/storage.objectUser": [f"serviceAccount:{KEEPER}"]}, {"location": "US-CENTRAL1"})
ARTIFACTS = GcsBucket("artifacts", {"roles/storage.objectViewer": [f"serviceAccount:{KEEPER}"]}, {})


@dataclass
class Running:
    """The store, and how its accounts ask it."""

    store: Store
    authority: Authority

    def key(self, email: str) -> dict[str, str]:
        """Its key file."""
        return accounts.ensure(self.store.directory, email, f"{self.store.endpoint}/token")

    def session(self, email: str) -> AuthorizedSession:
        """As Google's own library has it: the key signs for a token, TLS verified."""
        holder = service_account.Credentials.from_service_account_info(self.key(email), scopes=["x"])
        for_tokens = requests.Session()  # the library asks for them by another session than for objects
        made = AuthorizedSession(holder, auth_request=Request(for_tokens))
        for session in (made, for_tokens):
            session.trust_env = False  # REQUESTS_CA_BUNDLE would go before `verify`
            session.verify = str(self.store.directory / "ca.pem")
        return made

    def url(self, bucket: str, name: str = "") -> str:
        return f"{self.store.endpoint}/storage/v1/b/{bucket}/o" + (f"/{name}" if name else "")

    def put(self, email: str, bucket: str, name: str, content: bytes) -> Any:
        """The answer to an upload."""
        where = f"{self.store.endpoint}/upload/storage/v1/b/{bucket}/o"
        return self.session(email).post(where, params={"uploadType": "media", "name": name}, data=content)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("gcs")
    made = Running(Store(directory / "gcs", "127.0.0.1", free_port()), Authority.of(directory / "ca", "test"))
    yield made
    made.store.stop()


@pytest.fixture
def running(standing: Running) -> Running:
    """With the buckets above, whatever the test before left."""
    for email in (KEEPER, STRANGER):
        standing.key(email)
    standing.store.ensure([BACKUPS, ARTIFACTS], standing.authority)
    return standing


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """One that has an account."""
    accounts.ensure(tmp_path, KEEPER, "https://here/token")
    return tmp_path

"""Google's storage as a host of ours meets it: TLS, OAuth for a service account, and an emulator of the JSON API."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rehearsal.planes.authority import Authority
from rehearsal.planes.gcs import accounts
from rehearsal.planes.gcs.store import GcsBucket, Store

EMAIL = accounts.email("backups", "shoestring-test")


@dataclass
class Google:
    """A store with one bucket, and the account that keeps backups there."""

    store: Store
    ca: str

    @property
    def endpoint(self) -> str:
        return self.store.endpoint

    def account(self) -> dict[str, str]:
        """The service account's key file, less what nobody reads."""
        return accounts.ensure(self.store.directory, EMAIL, f"{self.endpoint}/token")

    def objects(self, bucket: str) -> list[str]:
        """The names of all that were stored."""
        return self.store.objects(bucket)


@contextmanager
def serving(address: str, bucket: str, directory: Path) -> Iterator[Google]:
    """Google with one empty bucket, on a free port of `address`, for as long as the block lasts."""
    with socket.socket() as free:
        free.bind((address, 0))
        port = free.getsockname()[1]
    authority = Authority.of(directory / "authority", "storage")
    google = Google(Store(directory / "gcs", address, port), authority.ca)
    google.account()
    mine = GcsBucket(bucket, {"roles/storage.objectUser": [f"serviceAccount:{EMAIL}"]}, {})
    google.store.ensure([mine], authority)
    try:
        yield google
    finally:
        google.store.stop()

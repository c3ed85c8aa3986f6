"""Real buckets for those of an emulated project: Google's JSON API on this machine, over a directory."""

from __future__ import annotations

import hashlib
import json
import sys
import urllib.parse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from ops import files
from ops.environment import ROOT
from ops.errors import OperationError
from rehearsal.planes import certificate
from rehearsal.planes.authority import Authority
from rehearsal.planes.gcs.tokens import Held, Tokens
from rehearsal.planes.listener import Listener
from rehearsal.planes.process import Process

Progress = Callable[[str], None]
ROOT_MEMBER = "rehearsal"
"""Who makes buckets; no host and no controller is it."""


@dataclass(frozen=True)
class GcsBucket:
    """A bucket. `roles`: role -> the members that have it there; `settings`: as the API takes them."""

    name: str
    roles: Mapping[str, Sequence[str]]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Store:
    """`directory`: its own, 0700, with everything it has. `address`, `port`: where it listens, by TLS alone."""

    directory: Path
    address: str
    port: int

    @property
    def endpoint(self) -> str:
        return f"https://{self.address}:{self.port}"

    @property
    def process(self) -> Process:
        return self._listener.process

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.directory)

    @property
    def _listener(self) -> Listener:
        return Listener("gcs", "Google's storage", self.directory, self.address, self.port)

    def ensure(self, buckets: Sequence[GcsBucket], authority: Authority, progress: Progress = lambda _: None) -> None:
        """Runs the store with these buckets, which the accounts of `directory` get into by their roles.

        Objects are never removed: a bucket that isn't wanted any more stays and is closed to all. Raises
        OperationError.
        """
        (self.directory / "tokens").mkdir(mode=0o700, parents=True, exist_ok=True)
        self.directory.chmod(0o700)
        policies = {bucket.name: {role: list(who) for role, who in bucket.roles.items()} for bucket in buckets}
        files.write(self.directory / "policies.json", json.dumps(policies, indent=2), 0o600)
        certificate.certify(self.directory, self.address, authority)
        (self.directory / "access.log").touch(mode=0o600)
        argv = [sys.executable, "-m", "rehearsal.planes.gcs.server", self.address, str(self.port), str(self.directory)]
        if self._listener.run(argv, {"PYTHONPATH": str(ROOT)}, self._answers):
            progress(f"Google's storage listens on {self.endpoint}")
        there = {each["name"] for each in self._asked("GET", "/storage/v1/b").get("items", ())}
        for bucket in buckets:
            if bucket.name not in there:
                self._asked("POST", "/storage/v1/b", json={"name": bucket.name, **bucket.settings})
                progress(f"bucket {bucket.name} made")

    def stop(self) -> None:
        """Ends it; the buckets stay on the disk."""
        self.process.stop()

    def objects(self, bucket: str) -> list[str]:
        """The names of all objects in it, sorted."""
        found, page = [], ""
        while True:
            query = f"?pageToken={urllib.parse.quote(page)}" if page else ""
            answer = self._asked("GET", f"/storage/v1/b/{bucket}/o{query}")
            found += [each["name"] for each in answer.get("items", ())]
            if not (page := answer.get("nextPageToken", "")):
                return sorted(found)

    def digest(self, bucket: str, name: str) -> str | None:
        """The sha256 of what an object holds, as hex. None: no such object."""
        path = f"/storage/v1/b/{bucket}/o/{urllib.parse.quote(name, safe='')}?alt=media"
        with self._session() as session, session.get(f"{self.endpoint}{path}", timeout=60, stream=True) as answer:
            if answer.status_code == 404:
                return None
            _good(answer, f"read {name}", bucket)
            digest = hashlib.sha256()
            for block in answer.iter_content(1 << 20):
                digest.update(block)
            return digest.hexdigest()

    def _asked(self, method: str, path: str, **arguments: Any) -> Any:
        with self._session() as session:
            answer = session.request(method, f"{self.endpoint}{path}", timeout=60, **arguments)
            _good(answer, f"{method} {path}", "(all)")
            return answer.json()

    def _session(self) -> requests.Session:
        """As who may do everything, for the next hour."""
        session = requests.Session()
        session.trust_env = False  # no proxy of the person's, to an address of this machine's own
        session.verify = str(self.directory / "ca.pem")
        session.headers["Authorization"] = f"Bearer {self.tokens.give(Held(ROOT_MEMBER))}"
        return session

    def _answers(self) -> bool:
        try:
            self._asked("GET", "/storage/v1/b")
        except (requests.RequestException, OperationError):
            return False
        return True


def _good(answer: requests.Response, what: str, bucket: str) -> None:
    if answer.status_code >= 300:
        raise OperationError(
            f"Google's storage here refused, for bucket {bucket}, to {what}: {answer.status_code} {answer.text[:300]}",
            "The bucket is not as the project has it; its objects were not touched.",
            "See access.log and gcs.log in the store's directory, then run the same again.",
        )

"""The project that the credentials at hand open, and how its APIs are asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from googleapiclient.errors import HttpError

from infra import documents
from infra.gcp.shared import Shared
from infra.problems import SettingsError
from infra.seen import mapping
from infra.settings_clouds import Gcp
from ops import processes
from ops.cloud.gcp import api

LABELS = {"name": "shoestring-state", "managed-by": "shoestring"}
"""Of all that bootstrap makes and that can have some. No `environment`: it is every environment's."""
MARK = "Made by make bootstrap"
"""What has no labels is known as ours by how its description begins."""
TRIES = 3  # more, of what only looks; a change is made once, and looked for by the next run
WAIT, PAUSE = 300.0, 2.0  # seconds for a long-running operation, and between two looks at it


class FailedError(Exception):
    """A long-running operation that ended badly. `code`: google.rpc.Code."""

    def __init__(self, what: str, error: Mapping[str, Any]) -> None:
        self.code = int(error.get("code", 2))
        super().__init__(f"{what}: {error.get('message', 'no reason is given')}")


@dataclass
class Account:
    """`number`: the project's. `enabled`: which of the APIs that we need are on, by their short names.

    `blind`: one of them is off, so that what it has could not be asked yet.
    """

    shared: Shared
    holder: Any
    number: str = ""
    enabled: frozenset[str] = frozenset()
    blind: bool = False
    _clients: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, settings: Gcp, path: Path) -> Account:
        """As whom the stack file of `path` says. Raises OperationError without credentials.

        Calls are counted for the project itself where the file says nothing else: a person's login is for none.
        """
        said = mapping(mapping(documents.read(path, SettingsError)).get("config"))
        counted = said.get("gcp:billingProject") or settings.project
        return cls(Shared.of(settings), api.credentials(said.get("gcp:impersonateServiceAccount"), counted))

    @property
    def caller(self) -> str:
        """A service account's address, or a person's where gcloud wrote it down."""
        found = (getattr(self.holder, name, None) for name in ("signer_email", "service_account_email", "account"))
        return str(next(filter(None, found), "the account that is logged in here"))

    def client(self, path: str) -> Any:
        """googleapiclient's, of one of ops.cloud.gcp.api.VERSIONS or of a collection in it: iam.projects.roles.

        Each is kept: it is made anew out of the API's description otherwise, which takes longer than a call.
        """
        if path not in self._clients:
            service, _, collection = path.rpartition(".")
            made = getattr(self.client(service), collection)() if service else api.resource(path, self.holder)
            self._clients[path] = made
        return self._clients[path]

    def sees(self, *services: str) -> bool:
        """Whether all of these APIs are on; while one is off, nothing of it is known."""
        return self.enabled.issuperset(services)


def look(request: Any) -> dict[str, Any]:
    """The answer to a request that changes nothing. Raises HttpError and what httplib2 and google.auth raise."""
    answer: dict[str, Any] = request.execute(num_retries=TRIES)
    return answer


def found(request: Any) -> dict[str, Any] | None:
    """The same; None where Google says 404."""
    try:
        return look(request)
    except HttpError as error:
        if error.resp.status == 404:
            return None
        raise


def settle(what: str, operation: dict[str, Any], get: Callable[..., Any]) -> None:
    """Waits for a long-running operation. `get`: the API's own, by name. Raises FailedError."""
    for _ in range(int(WAIT / PAUSE)):
        if operation.get("done"):
            if error := operation.get("error"):
                raise FailedError(what, error)
            return
        processes.pause(PAUSE)
        operation = look(get(name=operation["name"]))
    raise FailedError(what, {"code": 4, "message": f"it is not done after {WAIT:.0f} seconds; Google goes on with it"})


def has_labels(labels: Mapping[str, str] | None) -> bool:
    """Whether all of ours are among them."""
    return LABELS.items() <= dict(labels or {}).items()

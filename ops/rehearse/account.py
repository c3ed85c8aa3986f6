"""The emulated account or project of a rehearsal: a server on the loopback, and what makes this process its user."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping

from ops import files
from ops.errors import OperationError
from ops.rehearse.place import Rehearsed
from rehearsal.planes.process import Process

SURROUNDINGS = "surroundings.json"
FORGOTTEN = (
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_CA_BUNDLE",
    "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
    "GOOGLE_CLOUD_QUOTA_PROJECT",
    "STORAGE_EMULATOR_HOST",
)
"""What a person may have set, and no rehearsal reads."""


def process(environment: Rehearsed) -> Process:
    """Its server."""
    return Process("account", environment.planes)


def free_port() -> int:
    """One of the loopback's that nobody has now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def surround(environment: Rehearsed, variables: Mapping[str, str]) -> None:
    """From now on these are in the environment of whoever enters, beside those that were there."""
    path = environment.planes / SURROUNDINGS
    known = json.loads(path.read_text()) if path.is_file() else {}
    files.write(path, json.dumps({**known, **variables}, indent=2), 0o600)


def enter(environment: Rehearsed) -> None:
    """Has this process, and what it starts, ask the emulated account for the cloud. Raises OperationError if it is
    gone.
    """
    path = environment.planes / SURROUNDINGS
    if not path.is_file() or not process(environment).alive:
        raise OperationError(
            f"The emulated account of {environment.name!r} is gone: it lives as long as its server.",
            "Nothing was done.",
            f"make rehearse ENV={environment.rehearses} KEEP=1, which begins anew",
        )
    for name in FORGOTTEN:
        os.environ.pop(name, None)
    said = json.loads(path.read_text())
    os.environ.update(said | {"PATH": f"{environment.planes / 'bin'}:{os.environ['PATH']}"})

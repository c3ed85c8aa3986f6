"""What is remembered between runs, below /var/lib/shoestring-rehearsal: root's alone.

forwarding.json            what net.ipv4.ip_forward was before the first environment
<environment>/environment.json   the claim on a bridge and two ranges; written before anything is made
<environment>/<host>/            host.json once the host is whole; keys; upper, work and root of the overlay
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rehearsal.hosts.errors import HostsError
from rehearsal.hosts.locks import locked

ROOT = Path("/var/lib/shoestring-rehearsal")
# A machine's name is <environment>-<host>, which the kernel takes as a host name: at most 64 characters.
ENVIRONMENT = re.compile(r"^[a-z][a-z0-9-]{0,29}$")


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Replace a JSON file in one step, so that a killed run leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    with os.fdopen(handle, "w") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    Path(temporary).replace(path)


def read(path: Path) -> dict[str, Any] | None:
    """A JSON file's mapping; None if it is not there."""
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return content


class Environment:
    """One environment's directory."""

    def __init__(self, name: str) -> None:
        if not ENVIRONMENT.match(name):
            raise HostsError(
                f"{name!r} is no environment name; expected {ENVIRONMENT.pattern}",
                "nothing was done",
                "pass --environment with lower-case letters, digits and dashes",
            )
        self.name = name
        self.directory = ROOT / name

    @property
    def claim(self) -> dict[str, Any] | None:
        """The recorded bridge, ranges and hosts; None if the environment does not exist."""
        return read(self.directory / "environment.json")

    def known(self) -> dict[str, Any]:
        """The claim of an environment that has to exist."""
        claim = self.claim
        if claim is None:
            raise HostsError(
                f"there is no environment {self.name} on this machine",
                "nothing was done",
                f"make it first: create <rehearsal.yml> --environment {self.name}",
            )
        return claim

    def host(self, name: str) -> Path:
        """A host's directory."""
        return self.directory / name

    def hosts(self) -> list[str]:
        """Names of all hosts that have a directory, whole or half-made."""
        return sorted(p.name for p in self.directory.iterdir() if p.is_dir()) if self.directory.is_dir() else []

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One verb at a time on an environment."""
        with locked(f"environment-{self.name}"):
            yield


@contextmanager
def machine_locked() -> Iterator[None]:
    """One environment at a time may claim ranges or change this machine's forwarding."""
    ROOT.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked("machine"):
        yield


def claims() -> dict[str, dict[str, Any]]:
    """Every environment's claim on this machine, by name."""
    found = {path.parent.name: read(path) for path in ROOT.glob("*/environment.json")}
    return {name: claim for name, claim in found.items() if claim is not None}


def images() -> set[str]:
    """Directories of the images that the hosts of all environments stand on."""
    records = [read(path) for path in ROOT.glob("*/*/host.json")]
    return {record["image"] for record in records if record is not None}

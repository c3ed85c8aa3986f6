"""A server of a rehearsal that listens on an address of this machine, and is started anew only for another setting."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops import files
from ops.errors import OperationError
from rehearsal.planes.process import Process


@dataclass(frozen=True)
class Listener:
    """`name`: of its process. `called`: in messages. `directory`: its own, with its certificate (host.pem)."""

    name: str
    called: str
    directory: Path
    address: str
    port: int

    @property
    def process(self) -> Process:
        return Process(self.name, self.directory)

    def run(
        self, argv: Sequence[str | Path], environment: Mapping[str, str], ready: Callable[[], bool], *also: str
    ) -> bool:
        """Runs it by this command, these settings, this certificate and what else it was told (`also`).

        One that runs by others is ended first. True if it was started. Raises OperationError.
        """
        told = [*map(str, argv), dict(environment), (self.directory / "host.pem").read_text(), *also]
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        runs_by = self.directory / "runs-by.sha256"
        if self.process.alive and runs_by.is_file() and runs_by.read_text() == digest:
            return False
        self.process.stop()
        self._refuse_a_stranger()
        files.write(runs_by, digest, 0o600)
        self.process.start(argv, environment, ready)
        return True

    def _refuse_a_stranger(self) -> None:
        """One that a killed run left behind would pass for the one that is to be started."""
        try:
            socket.create_connection((self.address, self.port), timeout=2).close()
        except OSError:
            return
        raise OperationError(
            f"Something else listens on {self.address}:{self.port}, where {self.called} is to be.",
            "It was not started, so no bucket was changed.",
            f"See what it is (ss -ltnp 'sport = :{self.port}') and end it.",
        )

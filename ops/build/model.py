"""The default model: trained once on the controller by service/'s own code, then taken from the cache."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops import processes
from ops.errors import OperationError

CANARY = "canary.json"


@dataclass(frozen=True)
class Model:
    """A model in `directory`; `files` is name -> sha256. `canary`: its canary set, if that is kept elsewhere."""

    name: str
    version: str
    directory: Path
    files: dict[str, str]
    canary: Path | None = None

    def manifest(self) -> dict[str, Any]:
        """As the release's manifest holds it."""
        return {
            "name": self.name,
            "version": self.version,
            "directory": str(self.directory),
            "files": self.files,
        }


def ensure(service: Path, cache: Path, progress: Callable[[str], None]) -> Model:
    """The model of today's training code and data: from the cache if it is there undamaged, else trained.

    `service` holds src/training. Raises OperationError.
    """
    command = [sys.executable, "-m", "training", "--out", str(cache / "models")]
    environment = {"PYTHONPATH": str(service / "src"), "PYTHONUNBUFFERED": "1"}
    progress("training, if this code and data have no model yet")
    done = processes.run(command, environment=environment, on_line=progress)
    try:
        said = json.loads(done.stdout) if done.code == 0 else {}
        return Model(said["name"], said["version"], Path(said["directory"]), dict(said["files"]))
    except (ValueError, KeyError, TypeError):
        raise _failed(service, done) from None


def _failed(service: Path, done: processes.Result) -> OperationError:
    said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
    return OperationError(
        f"The model can't be trained:\n{said or f'training ended with code {done.code} and said nothing'}",
        "No release was built; what runs goes on as it is.",
        f"Mend that; to try by hand: PYTHONPATH={service / 'src'} python -m training --out /tmp/models",
    )

"""Models on disk: DIR/<name>/<version>/{model.onnx,card.json,canary.json}, complete or not there."""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from training.version import NAME, file_digest, model_version

FILES = ("model.onnx", "card.json", "canary.json")


def summary(root: Path) -> dict[str, Any] | None:
    """Name, version, directory and digests of the model that today's code makes, if it is there undamaged."""
    version = model_version()
    directory = root / NAME / version
    try:
        files = {name: file_digest(directory / name) for name in FILES}
        card = json.loads((directory / "card.json").read_bytes())
        whole = card["version"] == version and all(files[name] == digest for name, digest in card["files"].items())
    except (OSError, ValueError, KeyError):
        return None
    return {"name": NAME, "version": version, "directory": str(directory), "files": files} if whole else None


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Two runs at once train once; the lock goes with its process."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def save(root: Path, version: str, contents: dict[str, bytes]) -> None:
    """Writes a model's files and moves them into place together. Raises OSError."""
    target = root / NAME / version
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as scratch:
        staged = Path(scratch) / "model"
        staged.mkdir()
        for name, data in contents.items():
            (staged / name).write_bytes(data)
        if target.exists():  # damaged, or it would have been used
            shutil.rmtree(target)
        staged.rename(target)

"""What `tree` remembers on a host, in <root>/var/lib/shoestring/tree: three JSON files a name, each 0600.

<name>.json     manifest: {"files": {path: {"secret": bool}}, "directories": [path]}; what tree wrote and made
<name>.pending  {"files": [path]}; written before the first change, erased when the handlers have run
<name>.undo     what stood there before; exists only while files land, so whoever finds one finds a killed run
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .tree_disk import TreeError

MANIFEST, PENDING, UNDO = "json", "pending", "undo"
DIRECTORY = "var/lib/shoestring/tree"
LOCK_SECONDS = 60.0


class State:
    """The records of one tree. In check mode only `has` and `read` are called: they make nothing."""

    def __init__(self, root: str, name: str) -> None:
        self._directory = Path(root) / DIRECTORY
        self._name = name

    def _path(self, kind: str) -> Path:
        return self._directory / f"{self._name}.{kind}"

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Alone on this host: a killed run's module can outlive its controller. TreeError after 60 s."""
        umask = os.umask(0o022)
        self._directory.parent.mkdir(0o755, parents=True, exist_ok=True)
        self._directory.mkdir(0o700, exist_ok=True)
        os.umask(umask)
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._lock(descriptor, time.monotonic() + LOCK_SECONDS)
            for kind in (MANIFEST, PENDING, UNDO):
                Path(f"{self._path(kind)}.new").unlink(missing_ok=True)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int, deadline: float) -> None:
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TreeError(
                        f"another tree task has held {self._directory} for {LOCK_SECONDS:.0f} s: nothing was"
                        f" changed. See who it is with `fuser -v {self._directory}`, then run again."
                    ) from None
                time.sleep(0.1)

    def has(self, kind: str) -> bool:
        return self._path(kind).exists()

    def read(self, kind: str) -> dict[str, Any]:
        """The record, {} where there is none. Raises TreeError if it is not ours to read."""
        try:
            record = json.loads(self._path(kind).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError:
            record = None
        if not isinstance(record, dict):
            raise TreeError(
                f"{self._path(kind)} is not the JSON that tree wrote, so it cannot tell which files it made:"
                " nothing was changed. Remove that file and run again; files no longer listed then stay."
            )
        return record

    def write(self, kind: str, record: dict[str, Any]) -> None:
        """Replace the record, durably: after this returns, a power cut finds the new one."""
        new = Path(f"{self._path(kind)}.new")
        new.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(new, flags, 0o600), "w", encoding="utf-8") as stream:
            json.dump(record, stream, sort_keys=True)
            stream.flush()
            os.fsync(stream.fileno())
        new.rename(self._path(kind))
        self._sync()

    def erase(self, kind: str) -> None:
        if self.has(kind):
            self._path(kind).unlink()
            self._sync()

    def _sync(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

"""Locks that go with the process that holds them, however it ends."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DIRECTORY = Path("/run/shoestring-rehearsal")


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock `name` on this machine; waits for whoever has it."""
    DIRECTORY.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (DIRECTORY / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield

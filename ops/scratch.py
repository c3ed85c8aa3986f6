"""A run's own temporary directory, which the next run sweeps if this one is killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops import processes
from ops.environment import Environment


@contextmanager
def directory(environment: Environment) -> Iterator[Path]:
    """A directory, mode 0700, that is gone after the block; those of dead processes go first."""
    place = environment.make_state() / "scratch"
    place.mkdir(mode=0o700, exist_ok=True)
    for left in place.iterdir():
        if not processes.lives(int(left.name.partition("-")[0])):
            shutil.rmtree(left, ignore_errors=True)  # another run may sweep it at this moment
    with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=place) as own:
        yield Path(own)

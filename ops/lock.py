"""One verb at a time per environment on this controller: two `up`s must not interleave."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO

from ops import processes, stranded
from ops.environment import Environment
from ops.errors import OperationError
from ops.who import who

# Seconds that the children of a killed holder get to end; they were asked to when it died.
PATIENCE = 60.0


@contextmanager
def held(environment: Environment, verb: str) -> Iterator[None]:
    """Holds the environment's lock for the block. The kernel frees it when we and our children have ended, however.

    Raises OperationError naming the holder, its pid, since when, who began it and on which machine.
    """
    path = environment.make_state() / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        _take(file, environment, verb, stranded.Watch(path))
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        file.truncate(0)
        file.write(json.dumps({"verb": verb, "pid": os.getpid(), "since": since, **who()}))
        file.flush()
        processes.kept_open.add(descriptor)
        try:
            yield
        finally:
            processes.kept_open.discard(descriptor)
            file.seek(0)
            file.truncate(0)


def _take(file: IO[str], environment: Environment, verb: str, watch: stranded.Watch) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            text = file.read()
            if _lives(text) or time.monotonic() > end:
                raise _busy(environment, verb, text) from None
            watch.end()
            file.seek(0)
            time.sleep(0.2)


def _lives(text: str) -> bool:
    """False only if the holder is known and its process is gone."""
    try:
        return processes.lives(json.loads(text)["pid"])
    except (ValueError, KeyError, TypeError):
        return True


def _busy(environment: Environment, verb: str, text: str) -> OperationError:
    try:
        holding = "`{verb}` (pid {pid}, since {since}, by {by} from {from})".format(**json.loads(text))
    except (ValueError, KeyError, TypeError):
        holding = "another verb, which has only just begun,"
    return OperationError(
        f"{holding} is at work on {environment.name!r}.",
        f"`{verb}` did nothing.",
        "Wait until it is done, or end it with Ctrl-C in its terminal; then run this again.",
    )

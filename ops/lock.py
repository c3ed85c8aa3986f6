"""One verb at a time per environment on this controller: two `up`s must not interleave."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from ops.environment import Environment
from ops.errors import OperationError


@contextmanager
def held(environment: Environment, verb: str) -> Iterator[None]:
    """Holds the environment's lock for the block. The kernel frees it when we end, however we end.

    Raises OperationError naming the holder, its pid and since when.
    """
    path = environment.make_state() / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(environment, verb, file.read()) from None
        since = datetime.now().astimezone().isoformat(timespec="seconds")
        file.truncate(0)
        file.write(json.dumps({"verb": verb, "pid": os.getpid(), "since": since}))
        file.flush()
        yield
        file.seek(0)
        file.truncate(0)


def _busy(environment: Environment, verb: str, text: str) -> OperationError:
    try:
        holder = json.loads(text)
        who = f"`{holder['verb']}` (pid {holder['pid']}, since {holder['since']})"
    except (ValueError, KeyError, TypeError):
        who = "another verb, which has only just begun,"
    return OperationError(
        f"{who} is at work on {environment.name!r}.",
        f"`{verb}` did nothing.",
        "Wait until it is done, or end it with Ctrl-C in its terminal; then run this again.",
    )

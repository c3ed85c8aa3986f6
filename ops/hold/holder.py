"""Has the lock on the host, as the far end of an ssh connection; frees it when nothing is heard there any more.

It is sent there and run as it stands, before anything of ours is installed: the standard library only.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import time
from typing import Any

# What a host runs. Its input begins with a line of JSON: this file as `script`, and the arguments of `hold`.
COMMAND = (
    "sudo -n python3 -I -c 'import json, sys; call = json.loads(sys.stdin.readline()); space = {}; "
    'exec(call.pop("script"), space); space["hold"](**call)\''
)
PATIENCE = 2.0  # seconds that a holder gets to write who it is, or to end once it has cleared that


def hold(path: str, record: dict[str, Any], silence: float) -> None:
    """Prints {held, stale: record | None} and holds the lock until its input ends or is silent for so many seconds.

    Prints {busy: record | {}, silent: seconds} and ends if another has it, or {failed: why}.
    """
    try:
        # Its owner's alone: whoever can open it could take the lock.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as reason:
        return _say(failed=f"{path}: {reason.strerror}")
    busy = _take(descriptor)
    if busy is not None:
        return _say(busy=busy, silent=max(0.0, time.time() - os.fstat(descriptor).st_mtime))
    stale = _read(descriptor)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(record).encode(), 0)
        _say(held=True, stale=stale)
        while select.select([0], [], [], silence)[0] and os.read(0, 4096):
            os.utime(descriptor)
    finally:
        os.ftruncate(descriptor, 0)


def _take(descriptor: int) -> dict[str, Any] | None:
    """None if the lock is ours now, or the record of whoever has it."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return None
        except BlockingIOError:
            time.sleep(0.1)  # a stale record is replaced as soon as the lock is taken, but not at the same instant
            if (record := _read(descriptor)) or time.monotonic() > end:
                return record or {}


def _read(descriptor: int) -> dict[str, Any] | None:
    with contextlib.suppress(ValueError):
        record = json.loads(os.pread(descriptor, 65536, 0))
        return record if isinstance(record, dict) else None
    return None


def _say(**outcome: Any) -> None:
    os.write(1, json.dumps(outcome).encode() + b"\n")

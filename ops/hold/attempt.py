"""Takes a lock on a host for a run of ansible-playbook, and lets it go before that has ended."""

from __future__ import annotations

import errno
import json
import os
import select
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ops.environment import ROOT
from ops.errors import OperationError
from ops.hold.watcher import FREEING, Job


def take(job: Job) -> dict[str, Any]:
    """What the host said of the attempt (holder.hold), or {failed: why}. A held lock is watched by then."""
    job.bell.unlink(missing_ok=True)
    os.mkfifo(job.bell, 0o600)
    watcher = subprocess.Popen(
        [sys.executable, "-m", "ops.hold.watcher"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # neither Ctrl-C nor the end of the worker that we are may reach it
        close_fds=True,  # among ours is the environment's own lock (ops/lock.py)
    )
    assert watcher.stdin is not None
    assert watcher.stdout is not None
    with watcher.stdin as given, watcher.stdout as answer:
        given.write(json.dumps({**asdict(job), "bell": str(job.bell)}).encode() + b"\n")
        given.flush()
        said = answer.read().decode(errors="replace")
    try:
        return dict(json.loads(said))
    except ValueError:
        return {"failed": f"Its watcher ended: {said.strip().rpartition(chr(10))[2]}"}


def held(bell: Path) -> bool:
    """Whether a watcher listens to `bell`."""
    descriptor = _ring(bell, b"")
    if descriptor is not None:
        os.close(descriptor)
    return descriptor is not None


def release(bell: Path) -> bool:
    """False if nothing was held. Returns once the lock is free, or its host can't be reached any more."""
    descriptor = _ring(bell, b"\n")
    if descriptor is None:
        return False
    try:
        gone = select.poll()
        gone.register(descriptor, 0)  # an error: nobody has its other end
        if not gone.poll((FREEING + 10) * 1000):
            raise OperationError(
                f"The watcher that listens to {bell} does not end.",
                "Its lock is still held.",
                "`pgrep -af ops.hold.watcher` shows it; end it with kill.",
            )
    finally:
        os.close(descriptor)
    return True


def _ring(bell: Path, content: bytes) -> int | None:
    try:
        descriptor = os.open(bell, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as reason:
        if reason.errno not in (errno.ENOENT, errno.ENXIO):
            raise
        return None
    os.write(descriptor, content)
    return descriptor

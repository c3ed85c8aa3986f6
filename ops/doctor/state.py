"""Locks that are held, here and in the state bucket, and whether that bucket answers."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from infra.problems import SettingsError
from ops import processes
from ops.doctor import limits
from ops.doctor.line import CONTROLLER, FAIL, OK, Line, env, plural, refused
from ops.environment import Environment
from ops.errors import OperationError

LOCK, BACKEND = "lock", "Pulumi state"
LOCKS = ".pulumi/locks/"  # of Pulumi's own backends (pkg/backend/diy/lock.go): a JSON file a lock


def lines(environment: Environment) -> Iterator[Line]:
    yield held(environment)
    if environment.cloud:
        yield backend(environment)


def held(environment: Environment) -> Line:
    """The lock of ops/lock.py. What it says counts only while somebody has it: the kernel frees those of the dead."""
    path = environment.state / "lock"
    if not path.is_file():
        return Line(OK, LOCK, CONTROLLER, "free")
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    with os.fdopen(descriptor) as file:
        try:  # shared and let go at once; whoever takes it at this instant tries for a minute
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return Line(OK, LOCK, CONTROLLER, "free")
        except BlockingIOError:
            text = file.read()
    try:
        record: dict[str, Any] = json.loads(text)
        holder = "`{verb}` (pid {pid}, since {since}, by {by} from {from})".format(**record)
    except (ValueError, KeyError, TypeError):
        return Line(OK, LOCK, CONTROLLER, "held by a verb that has only just begun")
    if not processes.lives(record["pid"]):
        fix = f"make status {env(environment)}; a verb that changes something ends them within a minute. By hand: "
        return Line(
            FAIL, LOCK, CONTROLLER, f"{holder} is gone, and what it started still holds it", f"{fix}fuser -v {path}"
        )
    return Line(OK, LOCK, CONTROLLER, f"{holder} is at work")


def backend(environment: Environment) -> Line:
    """Whether the state can be read, and who holds its lock since when."""
    from ops.cloud import part, stack

    try:
        url, bucket = stack.backend(environment), part(environment, "state_locks")
        parts = urlsplit(url)
        if parts.scheme != bucket.SCHEME:
            return Line(OK, BACKEND, CONTROLLER, f"at {parts.scheme}://{parts.netloc}, which only Pulumi can ask")
        inside = parts.path.strip("/")
        locks: list[datetime] = bucket.locks(environment, parts.netloc, f"{inside}/{LOCKS}" if inside else LOCKS)
    except OperationError as error:
        return refused(BACKEND, error)
    except SettingsError as error:
        return Line(FAIL, BACKEND, CONTROLLER, str(error), f"Correct {environment.stack}")
    old = [at for at in locks if (datetime.now(UTC) - at).total_seconds() > limits.LOCK_FAIL]
    if old:
        fix = f"If nobody is at work: {stack.BACKEND}='{url}' pulumi cancel --stack {environment.name}"
        return Line(FAIL, BACKEND, CONTROLLER, f"locked since {min(old):%Y-%m-%d %H:%M} UTC: a killed run's lock", fix)
    return Line(OK, BACKEND, CONTROLLER, f"{parts.netloc} answers, {plural(len(locks), 'lock')}")

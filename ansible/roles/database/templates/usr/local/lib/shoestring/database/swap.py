"""The exchange of the old cluster for a restored one, by renames that a kill at any point leaves recoverable.

restore.json beside the clusters says how far a restore is:
    restoring  a new cluster is being made in `restoring`; nothing of it counts
    verified   it is whole and has been checked; the old one is still in its place
    swapping   renames forward have begun; they are finished, never undone
    swapped    the new one is in place; the old one is kept in `replaced` until the door has answered
    returning  renames back have begun; they are finished, too
"""

import json
import shutil
from typing import Any

from repository import BASE, LIVE, REPLACED, RESTORING, BackupError, durable, rename

MARKER = BASE / "restore.json"


def state() -> dict[str, Any]:
    """What the marker says; empty when there is none."""
    found: dict[str, Any] = json.loads(MARKER.read_text()) if MARKER.is_file() else {}
    return found


def mark(phase: str, **more: Any) -> None:
    """Note how far the restore is, before the step that it announces."""
    durable(MARKER, json.dumps({**state(), **more, "phase": phase}))


def forget() -> None:
    """There is no restore any more."""
    MARKER.unlink(missing_ok=True)


def forward() -> None:
    """Put the verified cluster in place. Raises BackupError when there is none."""
    if state().get("phase") != "verified":
        raise BackupError(f"There is no verified cluster in {RESTORING}. The old one stays; run `make restore` again")
    mark("swapping")
    advance()


def back() -> None:
    """Put the old cluster back in place. Raises BackupError when it is not there any more."""
    if state().get("phase") != "swapped" or not REPLACED.is_dir():
        raise BackupError(f"There is no old cluster in {REPLACED} to go back to. The restored one stays")
    mark("returning")
    advance()


def advance() -> list[str]:
    """Finish renames that had begun; says what it did."""
    phase = state().get("phase")
    if phase == "swapping":
        if RESTORING.is_dir():
            if LIVE.is_dir():
                shutil.rmtree(REPLACED, ignore_errors=True)  # of a restore before, whose outcome is being replaced now
                rename(LIVE, REPLACED)
            rename(RESTORING, LIVE)
        mark("swapped")
        return ["the restored cluster was put in place"]
    if phase == "returning":
        if REPLACED.is_dir():
            if LIVE.is_dir():
                shutil.rmtree(RESTORING, ignore_errors=True)
                rename(LIVE, RESTORING)
            rename(REPLACED, LIVE)
        shutil.rmtree(RESTORING, ignore_errors=True)
        forget()
        return ["the old cluster was put back in place"]
    return []


def take_back() -> list[str]:
    """Throw away a cluster that a killed restore had not put in place."""
    if state().get("phase") not in ("restoring", "verified"):
        return []
    shutil.rmtree(RESTORING, ignore_errors=True)
    forget()
    return ["a restore that had not finished was taken back"]


def finish() -> list[str]:
    """The new cluster has proved itself: the old one goes."""
    if state().get("phase") != "swapped":
        return []
    shutil.rmtree(REPLACED, ignore_errors=True)
    forget()
    return ["the replaced cluster was removed"]

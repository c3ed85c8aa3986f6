"""The way back: what stood on the host before a tree landed, kept durably while it lands."""

from __future__ import annotations

import base64
from typing import Any

from .tree_disk import ABSENT, DIRECTORY, Disk, Entry
from .tree_plan import Plan
from .tree_state import MANIFEST, UNDO, State


def undo_record(plan: Plan, record: dict[str, Any]) -> dict[str, Any]:
    """What stood there: directories outermost first, then files."""
    kept = [*reversed(plan.drop), *plan.own, *plan.make, *plan.land, *plan.remove]
    return {"manifest": record, "entries": [{"path": change.path, **_pack(change.before)} for change in kept]}


def _pack(entry: Entry) -> dict[str, Any]:
    return {**entry.__dict__, "content": base64.b64encode(entry.content).decode()}


def _unpack(raw: dict[str, Any]) -> Entry:
    content = base64.b64decode(raw["content"])
    return Entry(raw["kind"], raw["uid"], raw["gid"], raw["mode"], content)


def put_back(disk: Disk, state: State) -> None:
    """Restore what the undo record holds, then drop it. Safe to be killed in and to repeat."""
    undo = state.read(UNDO)
    entries = [(raw["path"], _unpack(raw)) for raw in undo["entries"]]
    for path, entry in entries:
        disk.sweep(path)
        now = disk.look(path)
        if now == entry or (entry.kind == ABSENT and now.kind == DIRECTORY):
            continue
        if entry.kind == DIRECTORY:
            (disk.own if now.kind == DIRECTORY else disk.make)(path, entry)
        elif entry.kind == ABSENT:
            disk.unlink(path)
        else:
            disk.stage(path, entry)
            disk.land(path)
    for path in sorted((path for path, entry in entries if entry.kind == ABSENT), reverse=True):
        if disk.look(path).kind == DIRECTORY:
            disk.drop(path)
    disk.sync([path for path, _ in entries])
    if undo["manifest"]:
        state.write(MANIFEST, undo["manifest"])
    else:
        state.erase(MANIFEST)
    state.erase(UNDO)

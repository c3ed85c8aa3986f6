"""Brings one tree onto a host so that a kill at any moment leaves nothing that the next run does not mend.

The order is the point: pending, undo, directories, staged files, checks, renames, removals, the last check,
manifest; then the undo record goes, which is the commit. Whoever finds one puts all back and starts again.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from .tree_diff import show
from .tree_disk import Disk, TreeError
from .tree_plan import Change, Plan, Spec, build
from .tree_state import MANIFEST, PENDING, UNDO, State
from .tree_undo import put_back, undo_record
from .tree_validate import MissingError, check, scrub


def run(spec: Spec, *, check_mode: bool = False, diff: bool = False) -> dict[str, Any]:
    """The module's result. Raises TreeError; the host is then as it was before."""
    disk, state = Disk(spec.root), State(spec.root, spec.name)
    if check_mode:
        return _settle(state, erase=False) if spec.state == "settled" else _foresee(spec, disk, state, diff)
    with state.locked():
        if spec.state == "settled":
            return _settle(state, erase=True)
        return _converge(spec, disk, state, diff)


def _settle(state: State, *, erase: bool) -> dict[str, Any]:
    stood = state.has(PENDING)
    if erase:
        state.erase(PENDING)
    return {"changed": stood, "pending": stood and not erase}


def _foresee(spec: Spec, disk: Disk, state: State, diff: bool) -> dict[str, Any]:
    plan = build(spec, disk, state.read(MANIFEST))
    result = _result(plan, state, diff)
    result["pending"] = result["resumed"]
    unknown = [change for change in plan.changes() if change.owner]
    result["warnings"] = [f"/{change.path}: {change.owner} does not exist yet" for change in unknown]
    with tempfile.TemporaryDirectory(prefix="shoestring-tree.") as place:
        for change in _checked(plan):
            copy = Path(place) / Path(change.path).name
            copy.write_bytes(change.after.content)
            try:
                _check(change, str(copy), spec, disk)
            except MissingError:
                continue  # installed by an earlier task, which check mode did not run
            except TreeError as error:
                # a warning, since what the checker misses may be made by tasks that check mode did not run
                result["warnings"].append(f"as things stand now: {error}")
    return result


def _converge(spec: Spec, disk: Disk, state: State, diff: bool) -> dict[str, Any]:
    if state.has(UNDO):
        put_back(disk, state)
    record = state.read(MANIFEST)
    plan = build(spec, disk, record)
    result = _result(plan, state, diff)
    for change in plan.changes():
        if change.owner:
            raise TreeError(
                f"/{change.path} shall belong to {change.owner}, which this host does not have: nothing was"
                " changed. Create the account in an earlier task, or correct owner/group in `files`."
            )
    if plan.changes():
        state.write(PENDING, {"files": result["pending_files"]})
        state.write(UNDO, undo_record(plan, record))
        try:
            _land(plan, spec, disk)
        except BaseException:
            put_back(disk, state)
            if not result["resumed"]:
                state.erase(PENDING)
            raise
    if plan.manifest != record:
        state.write(MANIFEST, plan.manifest)
    state.erase(UNDO)
    result["pending"] = state.has(PENDING)
    return result


def _result(plan: Plan, state: State, diff: bool) -> dict[str, Any]:
    resumed = state.has(PENDING)
    changed = [change.path for change in plan.land]
    removed = [change.path for change in plan.remove]
    told = plan.changes()
    result: dict[str, Any] = {
        "changed": bool(told) or resumed,
        "resumed": resumed,
        "changed_files": changed,
        "removed_files": removed,
        "changed_directories": [change.path for change in (*plan.make, *plan.own, *plan.drop)],
        "pending_files": sorted({*state.read(PENDING).get("files", []), *changed, *removed}),
    }
    if diff:
        result["diff"] = [part for change in told for part in show(change)]
    return result


def _checked(plan: Plan) -> list[Change]:
    return [change for change in plan.land if change.validate]


def _check(change: Change, staged: str, spec: Spec, disk: Disk) -> None:
    status, text = check(change.validate, staged)
    if status:
        if any(wanted.secret for wanted in spec.files if wanted.path == change.path):
            text = "[what it printed is hidden: the file is secret]"
        text = scrub(text, _secrets(spec, disk))
        raise TreeError(
            f"/{change.path} was refused by `{change.validate}` (exit {status}): {text}\nNothing was changed."
            " Correct the template or its variables and run again."
        )


def _secrets(spec: Spec, disk: Disk) -> list[bytes]:
    """Old and new contents of every secret file: a checker may print either."""
    hidden = [wanted for wanted in spec.files if wanted.secret]
    return [wanted.content for wanted in hidden] + [disk.look(wanted.path).content for wanted in hidden]


def _land(plan: Plan, spec: Spec, disk: Disk) -> None:
    secrets = _secrets(spec, disk)
    for change in plan.make:
        disk.make(change.path, change.after)
    staged = {change.path: disk.stage(change.path, change.after) for change in plan.land}
    for change in _checked(plan):
        _check(change, staged[change.path], spec, disk)
    for change in plan.own:
        disk.own(change.path, change.after)
    for change in plan.land:
        disk.land(change.path)
    for change in plan.remove:
        disk.unlink(change.path)
    for change in plan.drop:
        disk.drop(change.path)
    disk.sync([change.path for change in plan.changes()])
    if spec.validate_after:
        status, text = check(spec.validate_after)
        if status:
            raise TreeError(
                f"`{spec.validate_after}` refused the new files (exit {status}): {scrub(text, secrets)}\n"
                "Every file is back as it was. Correct the templates or their variables and run again."
            )

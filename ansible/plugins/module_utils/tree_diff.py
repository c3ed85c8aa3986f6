"""Changes as Ansible's --diff takes them: a list of {before, after, before_header, after_header}."""

from __future__ import annotations

from .tree_disk import ABSENT, DIRECTORY, FILE, LINK, Entry
from .tree_plan import Change

LONGEST = 104448  # bytes; what Ansible's own copy shows at most
HIDDEN = "[contents hidden: secret]"


def show(change: Change) -> list[dict[str, str]]:
    """Contents and attributes apart, so that a mode's change does not print a whole file."""
    told: list[dict[str, str]] = []
    if change.content:
        told.append(_pair(change, *(_content(change, entry, word) for entry, word in _sides(change))))
    if change.before.kind == ABSENT or change.after.kind == ABSENT:
        return told
    before, after = _attributes(change.before, ""), _attributes(change.after, change.owner)
    if before != after:
        told.append(_pair(change, before, after, " (owner and mode)"))
    return told


def _pair(change: Change, before: str, after: str, what: str = "") -> dict[str, str]:
    header = f"/{change.path}{what}"
    return {"before": before, "after": after, "before_header": header, "after_header": header}


def _sides(change: Change) -> tuple[tuple[Entry, str], tuple[Entry, str]]:
    return (change.before, "as it was"), (change.after, "as it will be")


def _content(change: Change, entry: Entry, word: str) -> str:
    if entry.kind == ABSENT:
        return ""
    if entry.kind == LINK:
        return f"symbolic link to {entry.content.decode('utf-8', 'replace')}\n"
    if entry.kind == DIRECTORY:
        return "directory\n"
    if entry.kind != FILE:
        return "neither a file nor a directory\n"
    if change.hidden:
        return f"{HIDDEN} {word}\n"
    if len(entry.content) > LONGEST or b"\0" in entry.content:
        return f"[contents not shown: binary or over {LONGEST} bytes] {word}, {len(entry.content)} bytes\n"
    try:
        return entry.content.decode()
    except UnicodeDecodeError:
        return f"[contents not shown: not UTF-8] {word}, {len(entry.content)} bytes\n"


def _attributes(entry: Entry, unknown: str) -> str:
    missing = f" ({unknown} does not exist yet)" if unknown else ""
    return f"owner: {entry.uid}\ngroup: {entry.gid}\nmode: {entry.mode:04o}{missing}\n"

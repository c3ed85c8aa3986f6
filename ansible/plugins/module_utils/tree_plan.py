"""What has to change on this host: the wanted tree against the disk and the manifest. Reads, never writes."""

from __future__ import annotations

import base64
import grp
import json
import pwd
import zlib
from dataclasses import dataclass, field
from typing import Any

from .tree_disk import ABSENT, DIRECTORY, FILE, LINK, Disk, Entry, TreeError, parents


@dataclass(frozen=True)
class Wanted:
    """A file, or a directory, as the role wants it; owner and group by name or number."""

    path: str
    owner: str
    group: str
    mode: int
    content: bytes = b""
    secret: bool = False
    validate: str = ""


@dataclass(frozen=True)
class Spec:
    """One call of tree, as the action plugin sends it."""

    name: str
    root: str
    owner: str
    group: str
    files: tuple[Wanted, ...] = ()
    directories: tuple[Wanted, ...] = ()
    absent: tuple[str, ...] = ()
    validate_after: str = ""
    state: str = "present"


@dataclass(frozen=True)
class Change:
    """One path: what stands there and what shall; `owner` is an account that the host does not have."""

    path: str
    before: Entry
    after: Entry
    hidden: bool = False
    validate: str = ""
    owner: str = ""

    @property
    def content(self) -> bool:
        return self.before.kind != self.after.kind or self.before.content != self.after.content


@dataclass
class Plan:
    """In the order of doing: make, own, land, remove, drop. `manifest` is the record when all is done."""

    make: list[Change] = field(default_factory=list)
    own: list[Change] = field(default_factory=list)
    land: list[Change] = field(default_factory=list)
    remove: list[Change] = field(default_factory=list)
    drop: list[Change] = field(default_factory=list)
    manifest: dict[str, Any] = field(default_factory=dict)

    def changes(self) -> list[Change]:
        return [*self.make, *self.own, *self.land, *self.remove, *self.drop]


def decode(payload: str) -> Spec:
    """The action plugin's string: base64 of zlib of JSON, file contents in base64 again."""
    raw = json.loads(zlib.decompress(base64.b64decode(payload)))
    for item in raw["files"]:
        item["content"] = base64.b64decode(item["content"])
    files = tuple(Wanted(**item) for item in raw.pop("files"))
    directories = tuple(Wanted(**item) for item in raw.pop("directories"))
    return Spec(files=files, directories=directories, absent=tuple(raw.pop("absent")), **raw)


def build(spec: Spec, disk: Disk, record: dict[str, Any]) -> Plan:
    """Raises TreeError where something that is not ours stands in the way."""
    known: dict[str, dict[str, bool]] = record.get("files", {})
    plan = Plan()
    for wanted in spec.files:
        change = _file(disk, wanted, known)
        if change.before != change.after:
            plan.land.append(change)
    listed = {wanted.path for wanted in spec.files}
    for path in sorted({*known, *spec.absent} - listed):
        before = disk.look(path)
        if before.kind == DIRECTORY:
            raise TreeError(f"/{path} is a directory and shall go: nothing was changed. Remove it by hand.")
        if before.kind != ABSENT:
            plan.remove.append(Change(path, before, Entry(ABSENT), _hidden(before, known.get(path))))
    _directories(spec, disk, record, plan)
    made = {change.path for change in plan.make}
    dropped = {change.path for change in plan.drop}
    needed = _needed(spec)
    plan.manifest = {
        "files": {wanted.path: {"secret": wanted.secret} for wanted in spec.files},
        "directories": sorted({*record.get("directories", []), *made} & needed - dropped),
    }
    return plan


def _file(disk: Disk, wanted: Wanted, known: dict[str, dict[str, bool]]) -> Change:
    before = disk.look(wanted.path)
    if before.kind not in (FILE, LINK, ABSENT):
        what = "directory" if before.kind == DIRECTORY else "device, pipe or socket"
        raise TreeError(
            f"/{wanted.path} is a {what}, not a file: nothing was changed."
            " Remove it by hand, or exclude the template on this host."
        )
    uid, gid, unknown = _account(wanted)
    after = Entry(FILE, uid, gid, wanted.mode, wanted.content)
    hidden = wanted.secret or (before.kind == FILE and _hidden(before, known.get(wanted.path)))
    return Change(wanted.path, before, after, hidden, wanted.validate, unknown)


def _hidden(before: Entry, recorded: dict[str, bool] | None) -> bool:
    """Was it secret when we wrote it? Of files that were not ours: those that not everybody may read."""
    return recorded["secret"] if recorded else not before.mode & 0o004


def _account(wanted: Wanted) -> tuple[int, int, str]:
    """(uid, gid, the account that is missing or ''); -1 stands for a missing one and so differs from all."""
    unknown = ""
    uid = gid = -1
    try:
        uid = int(wanted.owner) if wanted.owner.isdigit() else pwd.getpwnam(wanted.owner).pw_uid
    except KeyError:
        unknown = f"user {wanted.owner}"
    try:
        gid = int(wanted.group) if wanted.group.isdigit() else grp.getgrnam(wanted.group).gr_gid
    except KeyError:
        unknown = unknown or f"group {wanted.group}"
    return uid, gid, unknown


def _needed(spec: Spec) -> set[str]:
    """Every directory that a listed file or a listed directory stands on."""
    paths = [wanted.path for wanted in (*spec.files, *spec.directories)]
    return {wanted.path for wanted in spec.directories}.union(*(parents(path) for path in paths))


def _directories(spec: Spec, disk: Disk, record: dict[str, Any], plan: Plan) -> None:
    own = {wanted.path: wanted for wanted in spec.directories}
    for path in sorted(_needed(spec)):
        wanted = own.get(path) or Wanted(path, spec.owner, spec.group, 0o755)
        before = disk.look(path)
        uid, gid, unknown = _account(wanted)
        change = Change(path, before, Entry(DIRECTORY, uid, gid, wanted.mode), owner=unknown)
        if before.kind == ABSENT:
            plan.make.append(change)
        elif before.kind != DIRECTORY:
            raise TreeError(
                f"/{path} is a {before.kind} where tree needs a directory, and it writes through no link:"
                " nothing was changed. Name the real directory in templates/, or remove what stands there."
            )
        elif path in own and before != change.after:
            plan.own.append(change)
    gone = {change.path for change in plan.remove}
    for path in sorted(set(record.get("directories", [])) - _needed(spec), reverse=True):
        before = disk.look(path)
        if before.kind == DIRECTORY and all(f"{path}/{name}" in gone for name in disk.names(path)):
            plan.drop.append(Change(path, before, Entry(ABSENT)))
            gone.add(path)

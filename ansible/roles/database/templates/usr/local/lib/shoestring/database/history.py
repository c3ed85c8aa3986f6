"""What the archive of WAL can be replayed to: its timelines, and whether every segment is there."""

import json
import re
from dataclasses import dataclass
from typing import Any

from repository import BackupError, moment, pgbackrest

SEGMENT_BYTES = 16 * 1024**2
_SEGMENT = re.compile(r"(?:.*/)?([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})-[0-9a-f]{40}(?:\.\w+)?$")
_HISTORY = re.compile(r"(?:.*/)?([0-9A-F]{8})\.history$")


@dataclass(frozen=True)
class Archive:
    """`segments`: (timeline, number) -> when it was stored (epoch seconds); `histories`: timeline -> the same."""

    path: str
    segments: dict[tuple[int, int], int]
    histories: dict[int, int]

    @property
    def newest(self) -> int:
        """When the last segment was stored."""
        return max(self.segments.values(), default=0)


def read(identifier: str) -> Archive:
    """The archive of one cluster (`17-1`)."""
    path = f"archive/main/{identifier}"
    listed: dict[str, dict[str, Any]] = json.loads(pgbackrest("--recurse", "--output=json", "repo-ls", path))
    segments, histories = {}, {}
    for name, entry in listed.items():
        if found := _SEGMENT.match(name):
            timeline, high, low = (int(part, 16) for part in found.groups())
            segments[timeline, high * 256 + low] = entry["time"]
        elif found := _HISTORY.match(name):
            histories[int(found[1], 16)] = entry["time"]
    return Archive(path, segments, histories)


def lsn(text: str) -> int:
    """0/5000028 -> a number of bytes."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def chain(archive: Archive, timeline: int) -> dict[int, int]:
    """The timelines that lead to `timeline`, itself included -> the LSN at which each was left."""
    left = {timeline: 1 << 64}
    if timeline in archive.histories:
        for line in pgbackrest("repo-get", f"{archive.path}/{timeline:08X}.history").splitlines():
            if line.strip() and not line.startswith("#"):
                parent, at = line.split()[:2]
                left[int(parent)] = lsn(at)
    return left


def on_the_way(backup: dict[str, Any], left: dict[int, int]) -> bool:
    """Whether the timelines in `left` pass through a backup."""
    timeline = int(backup["archive"]["start"][:8], 16)
    return timeline in left and lsn(backup["lsn"]["stop"]) <= left[timeline]


def complete(archive: Archive, backup: dict[str, Any], left: dict[int, int], until: float | None) -> int:
    """The number of the last segment to be replayed. Raises BackupError naming the first that is missing.

    `until`: epoch seconds of the target, or None for all that there is.
    """
    there = {number: time for (timeline, number), time in sorted(archive.segments.items()) if timeline in left}
    first, stop = (_number(backup["archive"][key]) for key in ("start", "stop"))
    later = [number for number, time in there.items() if until is not None and time >= until and number >= stop]
    last = min(later, default=max([*there, stop]))
    for number in range(first, last + 1):
        if number not in there:
            name = f"{max(left):08X}{number // 256:08X}{number % 256:08X}"
            before = max((time for have, time in there.items() if have < number), default=0)
            raise BackupError(
                f"WAL segment {name} is missing in the repository ({archive.path}), so nothing after it can be "
                "replayed. "
                f"Bring it back (the bucket keeps old versions), or restore to a time before {moment(before)}"
            )
    return last


def _number(name: str) -> int:
    return int(name[8:16], 16) * 256 + int(name[16:24], 16)

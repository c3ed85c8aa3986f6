"""Entries of a host's journal: how to ask for them, and what each is."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from ops.look.printable import printable

FIELDS = ("MESSAGE", "PRIORITY", "_SYSTEMD_UNIT", "UNIT", "SYSLOG_IDENTIFIER")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What journalctl takes as the end of a unit's name; any other is completed to a service's.
KINDS = ("service", "socket", "timer", "mount", "automount", "path", "target", "slice", "scope", "device", "swap")


@dataclass(frozen=True)
class Entry:
    """`time`: microseconds since 1970, by the host's clock. `unit`: with its suffix; None where the kernel or a login
    said it. `priority`: syslog's, 0 (emergency) to 7 (debug). `message`: as it was logged, of any characters.
    """

    time: int
    host: str
    unit: str | None
    priority: int | None
    message: str
    source: str | None = None  # what called itself so, where there is no unit

    @property
    def at(self) -> str:
        """UTC, with milliseconds."""
        text = (EPOCH + timedelta(microseconds=self.time)).isoformat(timespec="milliseconds")
        return text.removesuffix("+00:00") + "Z"

    def json(self) -> str:
        names = ("at", "host", "unit", "priority", "message")
        return json.dumps({name: getattr(self, name) for name in names})

    def text(self, width: int = 0) -> str:
        """For a terminal: each line of the message after the host (`width`: of the longest name), time and unit."""
        origin = printable((self.unit or self.source or "-").removesuffix(".service"))
        head = f"{self.host:<{width}}  {self.at}  {origin}: "
        return "\n".join(head + printable(line.rstrip("\r")) for line in self.message.rstrip("\n").split("\n"))


def command(units: Sequence[str], since: str, follow: bool) -> str:
    """What a host's shell runs. `units`: names or globs, none for the whole journal."""
    words = ["sudo", "-n", "env", "TZ=UTC", "LC_ALL=C.UTF-8", "journalctl", "--quiet", "--no-pager", "--output=json"]
    # Without --all a long message is null.
    words += ["--all", f"--output-fields={','.join(FIELDS)}", f"--since={since}"]
    if follow:
        words += ["--follow", "--no-tail"]
    if not filtered_here(units, follow):
        words += [f"--unit={unit}" for unit in units]
    return shlex.join(words)


def filtered_here(units: Sequence[str], follow: bool) -> bool:
    """journalctl looks at its start which units a glob means, and would not follow the release of a later deploy."""
    return follow and any(set(unit) & set("*?[") for unit in units)


def wanted(entry: Entry, units: Sequence[str]) -> bool:
    """Whether an entry is of one of `units`, as journalctl understands them."""
    return entry.unit is not None and any(fnmatchcase(entry.unit, _whole(unit)) for unit in units)


def read(host: str, line: str) -> Entry | None:
    """An entry from a line of `--output=json`; None for any other line."""
    try:
        found = json.loads(line)
        time = int(_text(found["__REALTIME_TIMESTAMP"]))
        EPOCH + timedelta(microseconds=time)
    except (ValueError, LookupError, TypeError, OverflowError):
        return None
    unit = found.get("_SYSTEMD_UNIT")
    if unit == "init.scope":  # systemd itself, of the unit that it starts or stops; anyone else could pretend
        unit = found.get("UNIT", unit)
    priority = _text(found.get("PRIORITY"))
    return Entry(
        time,
        host,
        _text(unit) or None,
        int(priority) if priority.isdecimal() else None,
        _text(found.get("MESSAGE")),
        _text(found.get("SYSLOG_IDENTIFIER")) or None,
    )


def _text(value: Any) -> str:
    """A field: text, or bytes that are none as a list of numbers, or a list of either where it occurs several times."""
    if isinstance(value, list):
        if all(isinstance(each, int) for each in value):
            return bytes(each & 255 for each in value).decode(errors="replace")
        return "\n".join(map(_text, value))
    return "" if value is None else str(value)


def _whole(unit: str) -> str:
    return unit if set(unit) & set("*?[") or unit.rpartition(".")[2] in KINDS else f"{unit}.service"

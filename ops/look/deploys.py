"""What was deployed, from the records that each service host keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

FILE = "/opt/shoestring/deploys.jsonl"
# A record's `id` and `host` are of one host alone.
SHARED = (
    *("at", "action", "release", "before", "service", "wheel_sha256", "model", "model_sha256", "settings_sha256"),
    *("by", "from"),
)


def read(text: str) -> list[dict[str, Any]]:
    """The records in lines of a host's file. What is no record is left out: a line that a lost host has torn."""
    return [record for record in map(_record, text.split("\n")) if record]


def merged(records: Mapping[str, Sequence[dict[str, Any]]], most: int = 10) -> list[dict[str, Any]]:
    """The last `most` deploys, newest first. `records`: host -> its own.

    A deploy has what its hosts' records share, `seconds` (the longest, None where no host has it) and `hosts`.
    """
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for host, own in records.items():
        for record in own:
            one = found.setdefault(
                (record["at"], record["action"], record["release"]),
                {name: record.get(name) for name in SHARED} | {"seconds": None, "hosts": []},
            )
            taken = record.get("seconds")
            if isinstance(taken, int | float):
                one["seconds"] = max(taken, one["seconds"] or 0)
            if host not in one["hosts"]:
                one["hosts"].append(host)
    return sorted(found.values(), key=lambda one: _time(one["at"]), reverse=True)[:most]


def _record(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
        _time(record["at"])
        told = all(isinstance(record[name], str) for name in ("action", "release"))
    except (ValueError, LookupError, TypeError):
        return None
    return record if told else None


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)

"""The releases that were built on this controller for an environment: .shoestring/<env>/releases/<id>/release.json."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ops.environment import Environment

# Each is a manifest, a lock and a canary set, some 100 kB: these cost little, and reach back over weeks of deploys.
# What they name is in the cache, which is not bounded here.
KEPT = 20
SCHEMA = 1
SHOWN = 10  # lines of a list in an error

_PATHS = (("service", "wheel"), ("wheelhouse", "archive"), ("requirements", "path"))


@dataclass(frozen=True)
class Recorded:
    """A release: its manifest, and when it was recorded (seconds since the epoch)."""

    id: str
    manifest: dict[str, Any]
    at: float


def identity(parts: dict[str, Any]) -> str:
    """The id of a release of these parts, of a manifest's form: the service's version, and 8 hexadecimal digits."""
    made, held = parts["model"], parts["canary"]
    digests = [
        parts["python"],
        parts["service"]["wheel_sha256"],
        parts["wheelhouse"]["archive_sha256"],
        parts["requirements"]["sha256"],
    ]
    if made is not None:
        digests += [made["name"], made["version"], *(made["files"][name] for name in sorted(made["files"]))]
    if held is not None:
        digests.append(held["sha256"])
    return f"{parts['service']['version']}-{hashlib.sha256(chr(10).join(digests).encode()).hexdigest()[:8]}"


def directory(environment: Environment) -> Path:
    """Where they are; may not be there yet."""
    return environment.state / "releases"


def manifests(environment: Environment) -> list[Path]:
    """The files, whatever is in them."""
    return list(directory(environment).glob("*/release.json"))


def recorded(environment: Environment) -> list[Recorded]:
    """Those whose manifest can be read and is what its id says, newest first."""
    found = [read(path) for path in manifests(environment)]
    return sorted(filter(None, found), key=lambda one: one.at, reverse=True)


def read(path: Path) -> Recorded | None:
    """The release of a manifest; None if that is cut short or was changed."""
    try:
        manifest = json.loads(path.read_bytes())
        whole = manifest["schema"] == SCHEMA and identity(manifest) == manifest["id"] == path.parent.name
        named = all(isinstance(manifest[part][name], str) for part, name in _PATHS)
        if manifest["model"] is not None:
            named = named and isinstance(manifest["model"]["directory"], str)
        if manifest["canary"] is not None:
            named = named and isinstance(manifest["canary"]["path"], str)
        return Recorded(manifest["id"], manifest, path.stat().st_mtime) if whole and named else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def current(environment: Environment) -> str:
    """The id of the release that deploy.yml deploys; '' if there is none."""
    try:
        return str(json.loads((environment.state / "release.json").read_bytes())["id"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def prune(environment: Environment, keep: Iterable[str]) -> None:
    """Removes all but the newest KEPT and those of the ids `keep`."""
    kept = set(keep)
    found = sorted(directory(environment).iterdir(), key=_at, reverse=True)
    for old in [path for path in found[KEPT:] if path.name not in kept]:
        # First what makes it a release: a killed run leaves none that lacks its lock.
        (old / "release.json").unlink(missing_ok=True)
        shutil.rmtree(old, ignore_errors=True)


def when(at: float) -> str:
    """A time as lists show it."""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def table(rows: Sequence[Sequence[str]]) -> str:
    """The first rows as lines, their columns aligned."""
    widths = [max(map(len, column)) for column in zip(*rows[:SHOWN], strict=True)]
    lines = [
        "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows[:SHOWN]
    ]
    more = len(rows) - SHOWN
    return "\n".join([*lines, *([f"  and {more} older"] if more > 0 else [])])


def _at(own: Path) -> float:
    try:
        return (own / "release.json").stat().st_mtime
    except OSError:
        return 0.0  # of a killed run

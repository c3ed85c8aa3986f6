"""What served on a host, and since when: deploys.jsonl, an object a line, oldest first; `current` is the truth."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

ROOT = Path("/opt/shoestring")
ROLLBACK = "rollback"


class Place:
    """Releases and their record below `root`."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self.record = root / "deploys.jsonl"
        self.releases = root / "releases"
        self.environments = root / "environments"
        self.link = root / "current"

    def current(self) -> str | None:
        """The release that serves."""
        with contextlib.suppress(OSError):
            return self.link.readlink().name
        return None

    def present(self) -> list[str]:
        """The releases that are whole on this host."""
        return sorted(path.name for path in self.releases.glob("[!.]*") if path.is_dir())

    def manifest(self, release: str) -> dict[str, Any]:
        """What was deployed as `release`. Raises OSError and ValueError."""
        found: dict[str, Any] = json.loads((self.releases / release / "release.json").read_bytes())
        return found

    def lines(self) -> list[dict[str, Any]]:
        """The record. What a power cut tore is left out."""
        try:
            text = self.record.read_text(errors="replace")
        except FileNotFoundError:
            return []
        found = []
        for line in text.splitlines():
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict) and isinstance(entry.get("release"), str):
                    found.append(entry)
        return found

    def good(self) -> list[str]:
        """The releases that one may go back to in turn, the one that serves last.

        One that was gone back from is not among them: whoever left it had a reason.
        """
        stack: list[str] = []
        for entry in self.lines():
            release = entry["release"]
            if entry.get("action") == ROLLBACK and release in stack:
                del stack[stack.index(release) + 1 :]
            else:
                stack = [one for one in stack if one != release] + [release]
        current = self.current()
        if current is None:
            return []
        # A run may have been killed after the one and before the other.
        return stack[: stack.index(current) + 1] if current in stack else [*stack, current]

    def back(self) -> str | None:
        """The release that a rollback takes: the last good one before today's that this host still has."""
        present = set(self.present())
        return next((one for one in reversed(self.good()[:-1]) if one in present), None)

    def append(self, entry: dict[str, Any]) -> None:
        """Adds a line, durable when this returns."""
        with self.record.open("a+b") as file:
            file.seek(0, os.SEEK_END)
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a torn line before it must not swallow this one
                    file.write(b"\n")
            file.write(json.dumps(entry, sort_keys=True).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def point(self, release: str) -> None:
        """Lets traffic go to `release`: one rename."""
        new = self.root / ".current.new"
        new.unlink(missing_ok=True)
        new.symlink_to(Path("releases") / release)
        new.replace(self.link)
        directory = os.open(self.root, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

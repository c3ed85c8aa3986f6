"""A service's lock: exact versions with hashes. Read here, so that what is wrong with it is told before a download."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from infra.problems import Problem
from ops.build import target

SERVER = "uvicorn"  # the unit starts it with the service's own Python

_HASH = re.compile(r"\s--hash=sha256:([0-9a-f]{64})(?=\s|$)")
_COMMENT = re.compile(r"(^|\s)#.*")


@dataclass(frozen=True)
class Pin:
    """One package: its normalized name, its version, and the digests of the files that may be it."""

    name: str
    version: str
    hashes: tuple[str, ...]

    def line(self) -> str:
        """As pip reads it, without the markers, which are answered already."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash=sha256:{digest}" for digest in self.hashes)])


def read(path: Path, again: str) -> tuple[list[Pin], list[Problem]]:
    """The pins that the hosts install, and everything that is wrong with the lock in `path`; `again` makes it anew."""
    if not path.is_file():
        fix = f"{again}, which makes it; or let service_requirements name another file"
        return [], [Problem("service_requirements", f"{path}, which is no file", "a lock with hashes", fix)]
    pins: list[Pin] = []
    problems: list[Problem] = []
    for number, text in _lines(path.read_text(encoding="utf-8", errors="replace")):
        where = f"{path}, line {number}"
        found = _pin(text)
        if isinstance(found, Pin):
            pins.append(found)
        elif found:
            problems.append(
                Problem(where, f"`{text.split(' --hash')[0][:80]}`, {found}", "name==version with hashes", again)
            )
    if not problems and SERVER not in {pin.name for pin in pins}:
        fix = f"add {SERVER} to the project's dependencies, then {again}"
        problems = [Problem(str(path), f"no {SERVER}", f"{SERVER}, which serves the application on the hosts", fix)]
    return pins, problems


def _pin(text: str) -> Pin | str:
    """The pin in a line, '' if the hosts do without it, or what is wrong."""
    if text.startswith("-"):
        return "an option of pip, which belongs into pip's own settings on this machine"
    hashes = tuple(_HASH.findall(text))
    try:
        requirement = Requirement(text.split(" --hash")[0])
    except InvalidRequirement:
        return "which pip can't read"
    if requirement.marker is not None and not requirement.marker.evaluate(dict(target.MARKERS)):
        return ""
    exact = [one.version for one in requirement.specifier if one.operator == "==" and "*" not in one.version]
    if len(requirement.specifier) != 1 or not exact:
        return "which is not one exact version"
    return Pin(canonicalize_name(requirement.name), exact[0], hashes) if hashes else "which has no hash"


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines without comments, each with the number of its first line."""
    joined, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first or number
        bare = _COMMENT.sub("", line).rstrip()
        joined += " " + bare.removesuffix("\\").strip()
        if not bare.endswith("\\"):
            if joined.strip():
                yield first, joined.strip()
            joined, first = "", 0

"""One way to say what is wrong with a settings file: where, what was found, what is expected, the fix."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import PydanticCustomError

Step = str | int
LONGEST_SHOWN = 60  # characters of a value
MOST_SHOWN = 100  # problems of a file
WHOLE_FILE = "(the whole file)"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `path` is a key path such as `hosts[0].ssh.port`; all are plain text."""

    path: str
    found: str
    expected: str
    fix: str

    def __str__(self) -> str:
        lines = (f"found     {self.found}", f"expected  {self.expected}", f"fix       {self.fix}")
        return "\n    ".join([self.path, *lines])


class SettingsError(ValueError):
    """A settings file that can't be used. `str()` names the file and lists every problem of it."""

    what = "settings file"

    def __init__(self, file: Path | str, problems: Sequence[Problem]) -> None:
        self.file = str(file)
        self.problems = list(dict.fromkeys(problems))
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        head = f"{self.file}: this {self.what} has {count}, so nothing was contacted or changed."
        listed = ["  " + str(one).replace("\n", "\n  ") for one in self.problems[:MOST_SHOWN]]
        if hidden := len(self.problems) - MOST_SHOWN if len(self.problems) > MOST_SHOWN else 0:
            listed.append(f"  and {hidden} more")
        super().__init__("\n\n".join([head, *listed]))


class SettingsOfFilesError(SettingsError):
    """Several files that can't be used. `str()` lists every problem of each."""

    def __init__(self, errors: Sequence[SettingsError]) -> None:
        self.file = errors[0].file
        self.problems = [problem for error in errors for problem in error.problems]
        ValueError.__init__(self, "\n\n".join(map(str, errors)))


class FootprintError(SettingsError):
    """A Footprint that can't be used."""

    what = "Footprint"


class VaultError(SettingsError):
    """A vault whose content can't be used. Says where, never what."""

    what = "vault"


class ExposureError(SettingsError):
    """An exposure table that can't be used."""

    what = "exposure table"


def refuse(expected: str, fix: str, hidden: bool = False) -> PydanticCustomError:
    """The error a field's own check raises; `hidden` keeps the value out of every message."""
    context = {"expected": expected, "fix": fix, "hidden": hidden}
    return PydanticCustomError("settings", "expected {expected}; {fix}", context)


def join(steps: Iterable[Step]) -> str:
    """('hosts', 0, 'ssh', 'port') -> 'hosts[0].ssh.port'."""
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text or WHOLE_FILE


def shown(value: object, hidden: bool = False) -> str:
    """A value as an error shows it: shortened, on one line, its type recognizable."""
    if hidden:
        return f"{len(str(value))} characters (not shown, they may be a secret)"
    if value is None:
        return "nothing (null)"
    if isinstance(value, Mapping):
        return f"a mapping with the keys {', '.join(map(str, value))}"[:LONGEST_SHOWN] if value else "an empty mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}... ({len(text)} characters)"


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that `word` was probably meant to be."""
    matches = difflib.get_close_matches(word.lower(), list(words), n=1, cutoff=0.6)
    return matches[0] if matches else None


def alike(word: str, words: Iterable[str]) -> list[str]:
    """The first three of `words` that begin like `word`: of names that differ in a digit no one is the nearest."""
    every = sorted(words)
    for size in range(len(word), 1, -1):
        if near := [one for one in every if one.startswith(word[:size].lower())]:
            return near[:3]
    return []

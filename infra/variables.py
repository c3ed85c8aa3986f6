"""What an environment sets for the roles: its group_vars, as the files have them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra import documents
from infra.problems import SettingsError
from infra.seen import mapping

VAULT = "vault.yml"


def files(directory: Path) -> Iterator[Path]:
    """The plain variable files of an environment, later ones winning: group_vars/all, then a group's own."""
    base = directory / "group_vars"
    for group in ("all", *sorted(path.stem for path in base.glob("*") if path.stem != "all")):
        for found in (base / f"{group}.yml", *sorted((base / group).glob("*.yml"))):
            if found.is_file() and found.name != VAULT:
                yield found


def read(directory: Path) -> dict[str, Any]:
    """Variable -> value, untemplated. Raises SettingsError for a file that is not a mapping."""
    found: dict[str, Any] = {}
    for path in files(directory):
        found |= mapping(documents.read(path, SettingsError))
    return found

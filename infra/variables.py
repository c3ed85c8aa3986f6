"""What an environment sets for the roles: its group_vars and host_vars, as the files have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import documents
from infra.problems import SettingsError
from infra.seen import mapping

VAULT = "vault.yml"
GROUP_VARS, HOST_VARS = "group_vars", "host_vars"


@dataclass(frozen=True)
class Layer:
    """A plain file of variables: `path`, and whom it is for: `of` is group_vars or host_vars, `name` whose."""

    path: Path
    of: str
    name: str


def layers(directory: Path) -> Iterator[Layer]:
    """The plain variable files of an environment as Ansible reads them, later ones winning: all, groups, hosts."""
    for of in (GROUP_VARS, HOST_VARS):
        base = directory / of
        names = sorted({path.stem for path in base.glob("*") if path.is_dir() or path.suffix == ".yml"})
        for name in sorted(names, key=lambda name: (name != "all", name)):
            inside = sorted(path for path in (base / name).rglob("*.yml"))
            # Where there is a directory, Ansible does not read the file beside it.
            for path in inside if (base / name).is_dir() else [base / f"{name}.yml"]:
                if path.is_file() and path.name != VAULT and not path.name.startswith("."):
                    yield Layer(path, of, name)


def read(directory: Path) -> dict[str, Any]:
    """Variable -> value of all groups, untemplated. Raises SettingsError for a file that is not a mapping."""
    return _read(directory, lambda layer: layer.of == GROUP_VARS)


def of_host(directory: Path, host: str) -> dict[str, Any]:
    """The same, with what the host has of its own over it."""
    return _read(directory, lambda layer: layer.of == GROUP_VARS or layer.name == host)


def _read(directory: Path, wanted: Callable[[Layer], bool]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for layer in filter(wanted, layers(directory)):
        found |= mapping(documents.read(layer.path, SettingsError))
    return found

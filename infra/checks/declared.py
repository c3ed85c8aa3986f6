"""Which variables there are: the roles' argument_specs say type and meaning, their defaults the value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
Spec = Mapping[str, Any]


@dataclass(frozen=True)
class Variable:
    """One that roles read. `spec` is its entry of argument_specs; `default` is None for one without."""

    spec: Spec
    roles: tuple[str, ...]
    default: Any = None


@dataclass(frozen=True)
class Declared:
    """`variables`: by name. `reach`: role -> the groups whose hosts get it, `all` for every host."""

    variables: dict[str, Variable] = field(default_factory=dict)
    reach: dict[str, tuple[str, ...]] = field(default_factory=dict)


@lru_cache(maxsize=4)
def read(root: Path = ROOT) -> Declared:
    """What the roles under `root`/ansible declare."""
    declared = Declared()
    for play in _load(root / "ansible" / "site.yml"):
        for role in play.get("roles", []):
            declared.reach[role["role"]] = (*declared.reach.get(role["role"], ()), *play["hosts"].split(":"))
    for role in declared.reach:
        home = root / "ansible" / "roles" / role
        defaults = _load(home / "defaults" / "main.yml") or {}
        for name, spec in _load(home / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"].items():
            known = declared.variables.get(name)
            roles = (*known.roles, role) if known else (role,)
            # Of two roles that read one variable, the one that says more is heard: `dict` with its keys.
            fuller = known.spec if known and "options" in known.spec else spec
            declared.variables[name] = Variable(fuller, roles, defaults.get(name, known.default if known else None))
    return declared


def _load(path: Path) -> Any:
    with path.open("rb") as file:
        return yaml.load(file, Loader=yaml.CSafeLoader)

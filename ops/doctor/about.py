"""What a judge of a host's facts has to know besides them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from infra import variables
from infra.footprint import Footprint
from infra.hosts import Host
from ops.doctor import line
from ops.environment import ROOT, Environment

ROLES = ("host", "certificates", "database")  # whose settings are looked into


@dataclass(frozen=True)
class About:
    """A host. `began` and `ended`: this machine's clock around the question, in epoch seconds."""

    environment: Environment
    host: Host
    settings: Mapping[str, Any]
    began: float
    ended: float

    @property
    def name(self) -> str:
        return self.host.name

    @property
    def up(self) -> str:
        return f"make up {line.env(self.environment)}"

    def logs(self, unit: str) -> str:
        """The command that shows why a unit is as it is."""
        return f"make logs {line.env(self.environment)} HOST={self.name} UNIT={unit}"

    def run(self, command: str) -> str:
        return line.on_host(self.environment, self.name, command)


@dataclass(frozen=True)
class Verdict:
    """A Line, but for where it is of."""

    state: str
    found: str
    fix: str = ""


def settings(environment: Environment) -> dict[str, Any]:
    """The roles' settings as the environment has them for all its hosts."""
    found: dict[str, Any] = {}
    for role in ROLES:
        found |= yaml.safe_load((ROOT / f"ansible/roles/{role}/defaults/main.yml").read_text())
    return found | variables.read(environment.directory)


def of(environment: Environment, footprint: Footprint, began: float, ended: float) -> dict[str, About]:
    """Host name -> about it."""
    known = settings(environment)
    return {host.name: About(environment, host, known, began, ended) for host in footprint.hosts}

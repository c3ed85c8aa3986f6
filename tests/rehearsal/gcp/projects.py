"""Emulated projects that the real program was applied to, once for each stack."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from infra.settings import Settings
from infra.settings_clouds import Gcp
from rehearsal import program
from rehearsal.gcp.api import Emulated
from rehearsal.gcp.names import Project
from rehearsal.gcp.provider import Provider
from rehearsal.program import Made
from rehearsal.registry import Registry

ROOT = Path(__file__).resolve().parents[3]
STACKS = ("gcp-dev", "gcp-prod")
LOGIN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPjIeOXrPyHfrNRqQUUbyuxT6rFcWiHwIVmJ6EwwK4qJ"


def settings(name: str) -> Gcp:
    """Those of a shipped stack."""
    found = Settings.load(file(name))
    assert isinstance(found, Gcp)
    return found


def file(name: str) -> Path:
    return ROOT / "stacks" / f"Pulumi.{name}.yaml"


def apply(name: str, registry: Path, stacks: Path) -> Made:
    """The program applied to the project that is recorded in `registry`."""
    (stacks / name).mkdir(parents=True, exist_ok=True)
    (stacks / name / "deploy.pub").write_text(f"{LOGIN} x\n")
    return program.run(file(name), Provider(settings(name), Registry(registry)), stacks=stacks)


@functools.cache
def standing(name: str) -> tuple[Emulated, Made]:
    """A project with the shipped stack in it. Nobody may change it."""
    directory = Path(tempfile.mkdtemp(prefix="shoestring-project-"))
    made = apply(name, directory / "registry.json", directory / "stacks")
    said = settings(name)
    return Emulated(directory, Project(said.project, said.region)), made

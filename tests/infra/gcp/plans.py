"""The real program's stacks on Google Cloud, under a cloud that is invented."""

from __future__ import annotations

import functools
import json
import tempfile
from pathlib import Path
from typing import Any

from infra.settings import Settings
from ops import invented
from rehearsal import program
from rehearsal.program import Made, Resource
from tests.infra.aws import plans as shared

STACKS = ("gcp-dev", "gcp-prod")


def stack(name: str) -> Made:
    """What the program registers for stacks/Pulumi.<name>.yaml, before its deploy.pub is written."""
    return changed(name)[1]


def settings(name: str) -> Settings:
    return Settings.load(shared.ROOT / "stacks" / f"Pulumi.{name}.yaml")


def changed(name: str, **settings: Any) -> tuple[Settings, Made]:
    """The same stack with other settings (without their `shoestring:`); None removes one."""
    return _run(name, json.dumps(settings))


@functools.cache
def _run(name: str, settings: str) -> tuple[Settings, Made]:
    with tempfile.TemporaryDirectory() as directory:
        file = shared.written(Path(directory), name, **json.loads(settings))
        checked = Settings.load(file)
        return checked, program.run(file, invented.cloud(checked), preview=True)


def of(made: Made, *types: str) -> list[Resource]:
    """The resources of these types, each the last part of a type token, such as Instance or Network."""
    return shared.of(made, *types)

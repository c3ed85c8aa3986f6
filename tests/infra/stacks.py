"""Good stack files to start from, and how a bad one, and what its refusal must say, is written down."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

OURS = "shoestring:"


def dev() -> dict[str, Any]:
    """The `config` of an environment whose one machine holds everything."""
    return {
        "aws:region": "eu-central-1",
        "shoestring:cloud": "aws",
        "shoestring:tier": "dev",
        "shoestring:owner": "ml-team",
        "shoestring:image": "debian-13-amd64-20260914-2601",
        "shoestring:hosts": [{"name": "solo", "groups": ["proxy", "service", "database"]}],
        "shoestring:budget": {"monthly_usd": 30, "emails": ["ops@mycompany.net"]},
    }


def prod() -> dict[str, Any]:
    """The `config` of one with two machines and a managed database."""
    hosts = [{"name": "app1", "groups": ["proxy", "service"]}, {"name": "app2", "groups": ["service"]}]
    return dev() | {"shoestring:tier": "prod", "shoestring:hosts": hosts, "shoestring:database": "managed"}


def written(directory: Path, config: object, name: str = "aws-dev") -> Path:
    """The stack file of `config` in `directory`."""
    file = directory / f"Pulumi.{name}.yaml"
    file.write_text(yaml.safe_dump({"config": config}, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return file


class Bad(NamedTuple):
    """Set `at` to `value`; then a problem stands at `path` whose expectation and fix contain these words."""

    at: str
    value: object
    path: str
    expected: str
    fix: str
    base: dict[str, Any] = dev()

"""An environment's Footprint, from what its stack says and what only the running cloud can tell."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.footprint import Footprint
from infra.problems import FootprintError
from ops import files
from ops.cloud import host_keys, part
from ops.environment import WRITTEN, Environment
from ops.errors import OperationError


def write(
    environment: Environment,
    stated: Mapping[str, Any],
    progress: Callable[[str], None],
    ca: Callable[[Environment, str, str], str] | None = None,
) -> Path:
    """Completes what the stack's output `stated` and writes it as footprint.json, by rename. Returns its path.

    `ca`: what reads the CA of a managed database, if its cloud is not to be asked.
    Raises OperationError, or FootprintError for what would be none: the old file stays then.
    """
    document = json.loads(json.dumps(stated), parse_float=_number)
    path = environment.directory / WRITTEN
    if document.get("environment") != environment.name:
        raise OperationError(
            f"The stack's Footprint is of {document.get('environment')!r}, and this is {environment.name!r}.",
            "It was not written.",
            "See that the stack has the environment's name: `pulumi stack ls`.",
        )
    machines = part(environment, "instances").running(environment, document["hosts"])
    keys = host_keys.read(environment, machines, progress)
    for host in document["hosts"]:
        host["ssh"]["host_keys"] = keys[host["name"]]
    if document["database"]["kind"] == "managed":
        progress("the CA of the database")
        region = environment.settings().region
        read = ca or part(environment, "database_ca").read
        document["database"]["ca_pem"] = read(environment, document["database"]["address"], region)
    document["generated_at"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if problems := Footprint.problems(document):
        raise FootprintError(path, problems)
    files.write(path, json.dumps(document, indent=2) + "\n")
    return path


def _number(text: str) -> int | float:
    """Pulumi's wire has no whole numbers: 5432.0 is a port."""
    value = float(text)
    return int(value) if value.is_integer() else value

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
from ops.cloud import account, database_ca, host_keys
from ops.environment import WRITTEN, Environment
from ops.errors import OperationError

GONE = ("terminated", "shutting-down")


def write(
    environment: Environment,
    stated: Mapping[str, Any],
    progress: Callable[[str], None],
    ca: Callable[[Environment, str, str], str] = database_ca.read,
) -> Path:
    """Completes what the stack's output `stated` and writes it as footprint.json, by rename. Returns its path.

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
    keys = host_keys.read(environment, instances(environment, document["hosts"]), progress)
    for host in document["hosts"]:
        host["ssh"]["host_keys"] = keys[host["name"]]
    if document["database"]["kind"] == "managed":
        progress("the CA of the database")
        region = environment.settings().region
        document["database"]["ca_pem"] = ca(environment, document["database"]["address"], region)
    document["generated_at"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if problems := Footprint.problems(document):
        raise FootprintError(path, problems)
    files.write(path, json.dumps(document, indent=2) + "\n")
    return path


def _number(text: str) -> int | float:
    """Pulumi's wire has no whole numbers: 5432.0 is a port."""
    value = float(text)
    return int(value) if value.is_integer() else value


def instances(environment: Environment, hosts: list[dict[str, Any]]) -> dict[str, str]:
    """Host -> the id of the instance that has its private address and the environment's tag. Raises OperationError."""
    ec2 = account.client(environment, "ec2")
    named = [{"Name": "tag:environment", "Values": [environment.name]}]
    with account.asking("No Footprint was written."):
        pages = ec2.get_paginator("describe_instances").paginate(Filters=named)
        found = [one for page in pages for reservation in page["Reservations"] for one in reservation["Instances"]]
    there = {one.get("PrivateIpAddress"): one for one in found if one["State"]["Name"] not in GONE}
    for host in hosts:
        one = there.get(host["address"])
        if one is None or one["State"]["Name"] not in ("pending", "running"):
            raise _absent(environment, f"{host['name']} ({host['address']})", one)
    return {host["name"]: str(there[host["address"]]["InstanceId"]) for host in hosts}


def _absent(environment: Environment, host: str, instance: dict[str, Any] | None) -> OperationError:
    again = f"make up ENV={environment.name}"
    if instance is None:
        fix = f"pulumi up --refresh --stack {environment.name} makes it anew; then: {again}"
        return OperationError(f"The machine of {host} is not there.", "No Footprint was written.", fix)
    fix = f"aws ec2 start-instances --instance-ids {instance['InstanceId']}, then: {again}"
    state = instance["State"]["Name"]
    return OperationError(f"The machine of {host} is {state}.", "No Footprint was written.", fix)

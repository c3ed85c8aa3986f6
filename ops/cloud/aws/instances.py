"""An environment's machines, as EC2 has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ops.cloud.aws import account
from ops.environment import Environment
from ops.errors import OperationError

GONE = ("terminated", "shutting-down")
NOTHING = "No Footprint was written."


def running(environment: Environment, hosts: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Host -> the id of the instance that has its private address and the environment's tag. Raises OperationError.

    `hosts`: as in the Footprint, {name, address} at least.
    """
    ec2 = account.client(environment, "ec2")
    named = [{"Name": "tag:environment", "Values": [environment.name]}]
    with account.asking(NOTHING):
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
        return OperationError(f"The machine of {host} is not there.", NOTHING, fix)
    fix = f"aws ec2 start-instances --instance-ids {instance['InstanceId']}, then: {again}"
    return OperationError(f"The machine of {host} is {instance['State']['Name']}.", NOTHING, fix)

"""What of an environment still costs money, as the account itself says: for `down`, which may leave some of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ops.cloud.aws import account
from ops.cloud.cost import Cost
from ops.environment import Environment

NOTHING_KNOWN = "What still costs money could not be listed; AWS's billing console shows it."
TAG = "environment"


def left(environment: Environment) -> list[Cost]:
    """All that carries the environment's tag and is paid for. Raises OperationError."""
    with account.asking(NOTHING_KNOWN):
        return [
            *_ec2(account.client(environment, "ec2"), environment.name),
            *_rds(account.client(environment, "rds"), environment.name),
            *_tagged(environment),
        ]


def _ec2(ec2: Any, name: str) -> Iterator[Cost]:
    ours = [{"Name": f"tag:{TAG}", "Values": [name]}]
    for page in ec2.get_paginator("describe_instances").paginate(Filters=ours):
        for one in (instance for reservation in page["Reservations"] for instance in reservation["Instances"]):
            if one["State"]["Name"] in ("pending", "running"):
                yield Cost("machine", one["InstanceId"], f"{one['InstanceType']}, by the second while it runs")
    for page in ec2.get_paginator("describe_volumes").paginate(Filters=ours):
        for one in page["Volumes"]:
            if one["State"] not in ("deleting", "deleted"):
                yield Cost("disk", one["VolumeId"], f"{one['Size']} GiB, by the month")
    for one in ec2.describe_addresses(Filters=ours)["Addresses"]:
        yield Cost("public address", one["PublicIp"], "by the hour, used or not")
    for page in ec2.get_paginator("describe_nat_gateways").paginate(Filters=ours):
        for one in page["NatGateways"]:
            if one["State"] in ("pending", "available"):
                yield Cost("NAT gateway", one["NatGatewayId"], "by the hour, and what goes through it")
    for page in ec2.get_paginator("describe_snapshots").paginate(Filters=ours, OwnerIds=["self"]):
        for one in page["Snapshots"]:
            yield Cost("snapshot", one["SnapshotId"], f"at most {one['VolumeSize']} GiB, by the month")


def _rds(rds: Any, name: str) -> Iterator[Cost]:
    for page in rds.get_paginator("describe_db_instances").paginate():
        for one in page["DBInstances"]:
            if _is_ours(one, name) and one["DBInstanceStatus"] != "deleting":
                why = f"{one['DBInstanceClass']} and {one['AllocatedStorage']} GiB, by the hour"
                yield Cost("database", one["DBInstanceIdentifier"], why)
    for page in rds.get_paginator("describe_db_snapshots").paginate(SnapshotType="manual"):
        for one in page["DBSnapshots"]:
            if _is_ours(one, name):
                identifier = one["DBSnapshotIdentifier"]
                why = f"{one['AllocatedStorage']} GiB, by the month. aws rds delete-db-snapshot removes it"
                yield Cost("database snapshot", identifier, why)


def _is_ours(one: dict[str, Any], name: str) -> bool:
    return {"Key": TAG, "Value": name} in one.get("TagList", [])


def _tagged(environment: Environment) -> Iterator[Cost]:
    """What is found by its tag only."""
    kms = account.client(environment, "kms")
    tagging = account.client(environment, "resourcegroupstaggingapi")
    kinds: dict[str, Callable[[str], Cost | None]] = {
        "s3": lambda arn: Cost("bucket", arn.rpartition(":")[2], "by what it holds, old versions too"),
        "kms": lambda arn: _key(kms, arn),
        "secretsmanager": lambda arn: Cost("secret", arn.rpartition(":")[2], "by the month"),
        "logs": _log_group,
    }
    pages = tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": TAG, "Values": [environment.name]}],
        ResourceTypeFilters=["s3", "kms:key", "secretsmanager:secret", "logs"],
    )
    for arn in sorted(one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]):
        if cost := kinds[arn.split(":")[2]](arn):
            yield cost


def _log_group(arn: str) -> Cost | None:
    name = arn.partition(":log-group:")[2].removesuffix(":*")
    return Cost("log group", name, "by what it holds") if name else None


def _key(kms: Any, arn: str) -> Cost | None:
    state = kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
    # One that waits for its deletion costs nothing unless somebody calls it back.
    return None if state == "PendingDeletion" else Cost("key", arn.rpartition("/")[2], "by the month")

"""Both stacks in one emulated account, and what this project reads of it to run it here: once a session.

The account is gone when the answers are there, so that no test runs inside of moto.
"""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.errors import OperationError
from rehearsal import program
from rehearsal.aws import found, local, rights
from rehearsal.aws.account import Account
from rehearsal.aws.provider import Provider
from rehearsal.aws.rights import Rights
from rehearsal.planes.wanted import Database, Machine
from tests.infra import footprints
from tests.infra.aws import plans

DEV, PROD = plans.STACKS
PLACE = "10.20.255.254"
LOGIN = {stack: footprints.key(number) for number, stack in enumerate(plans.STACKS, 1)}
Thing = dict[str, Any]


@dataclass
class Back:
    """By stack: what it stated, what was read, and twice the rights. By address: the account's instances, for all.

    `refused`: what was broken in the account -> the error. `mended`: whether all was read again afterwards.
    """

    stated: dict[str, Thing] = field(default_factory=dict)
    machines: dict[str, tuple[Machine, ...]] = field(default_factory=dict)
    databases: dict[str, tuple[Database, ...]] = field(default_factory=dict)
    rights: dict[str, tuple[Rights, Rights]] = field(default_factory=dict)
    instances: dict[str, Thing] = field(default_factory=dict)
    volumes: dict[str, int] = field(default_factory=dict)
    refused: dict[str, OperationError] = field(default_factory=dict)
    secret: str = ""
    password: str = ""
    database: str = ""
    mended: bool = False


@functools.cache
def back() -> Back:
    """Made, read, broken in each way in turn, and read again."""
    images = [plans.settings(stack).image for stack in plans.STACKS]
    with tempfile.TemporaryDirectory() as directory, local.account(plans.REGION, images) as account:
        read = Back()
        for stack in plans.STACKS:
            (Path(directory) / stack).mkdir()
            (Path(directory) / stack / "deploy.pub").write_text(LOGIN[stack])
            file = plans.ROOT / "stacks" / f"Pulumi.{stack}.yaml"
            made = program.run(file, Provider(account), stacks=Path(directory))
            read.stated[stack] = json.loads(json.dumps(made.outputs["footprint"]))
        for stack, stated in read.stated.items():
            kept = Path(directory) / stack / "keys.json"
            read.machines[stack] = found.machines(account, stated)
            read.databases[stack] = found.databases(account, stated, PLACE)
            read.rights[stack] = (rights.read(account, stated, kept), rights.read(account, stated, kept))
        _look(account, read)
        _break(account, read)
        return read


def _look(account: Account, read: Back) -> None:
    ec2 = account("ec2")
    every = [one for each in ec2.describe_instances()["Reservations"] for one in each["Instances"]]
    read.instances = {one["InstanceId"]: one for one in every}
    read.volumes = {one["VolumeId"].replace("-", ""): one["Size"] for one in ec2.describe_volumes()["Volumes"]}
    (one,) = account("rds").describe_db_instances()["DBInstances"]
    read.database, read.secret = one["DBInstanceIdentifier"], one["MasterUserSecret"]["SecretArn"]
    text = account("secretsmanager").get_secret_value(SecretId=read.secret)["SecretString"]
    read.password = json.loads(text)["password"]


def _break(account: Account, read: Back) -> None:
    ec2, rds, secrets = account("ec2"), account("rds"), account("secretsmanager")
    dev, prod = read.stated[DEV], read.stated[PROD]

    def refused(what: str, ask: Callable[[], Any]) -> None:
        try:
            ask()
        except OperationError as error:
            read.refused[what] = error

    app2 = read.machines[PROD][1].identity
    ec2.stop_instances(InstanceIds=[app2])
    refused("stopped instance", lambda: found.machines(account, prod))
    ec2.start_instances(InstanceIds=[app2])

    rds.stop_db_instance(DBInstanceIdentifier=read.database)
    refused("stopped database", lambda: found.databases(account, prod, PLACE))
    rds.start_db_instance(DBInstanceIdentifier=read.database)

    secrets.delete_secret(SecretId=read.secret)
    refused("deleted secret", lambda: found.databases(account, prod, PLACE))
    secrets.restore_secret(SecretId=read.secret)

    other = {**prod, "database": prod["database"] | {"address": "other.rds.amazonaws.com"}}
    refused("no such database", lambda: found.databases(account, other, PLACE))

    read.mended = found.machines(account, prod) == read.machines[PROD]
    read.mended &= found.databases(account, prod, PLACE) == read.databases[PROD]

    solo = read.machines[DEV][0]
    for mapping in read.instances[solo.identity]["BlockDeviceMappings"]:
        if mapping["Ebs"]["VolumeId"].replace("-", "") in solo.disks[0].device:
            where = {"InstanceId": solo.identity, "Device": mapping["DeviceName"]}
            ec2.detach_volume(VolumeId=mapping["Ebs"]["VolumeId"], **where)
    refused("detached volume", lambda: found.machines(account, dev))
    ec2.modify_instance_attribute(InstanceId=app2, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[app2])
    refused("gone instance", lambda: found.machines(account, prod))

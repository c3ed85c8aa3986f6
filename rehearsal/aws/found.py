"""Reads the emulated account back, and says what has to run here for it: its machines and its databases."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from ops.errors import OperationError
from rehearsal.aws.account import Account
from rehearsal.planes.wanted import Database, Disk, Machine

Thing = Mapping[str, Any]
NOTHING = "No host was made or changed."


def machines(account: Account, footprint: Thing) -> tuple[Machine, ...]:
    """Those of the stack's output `footprint`, by their addresses. Raises OperationError for one that does not run."""
    running = instances(account, footprint["environment"])
    for host in footprint["hosts"]:
        if host["address"] not in running:
            raise _halted(account, footprint, host)
    return tuple(_machine(account, running[host["address"]], host) for host in footprint["hosts"])


def instances(account: Account, environment: str) -> dict[str, Thing]:
    """Private address -> the instance that has it, of those with the environment's tag that run."""
    return {one["PrivateIpAddress"]: one for one in _instances(account, environment, "pending", "running")}


def _instances(account: Account, environment: str, *states: str) -> list[Thing]:
    """Those with the environment's tag that are in one of these states."""
    named = {"Name": "tag:environment", "Values": [environment]}
    filters = [named, {"Name": "instance-state-name", "Values": list(states)}]
    pages = account("ec2").get_paginator("describe_instances").paginate(Filters=filters)
    return [one for page in pages for each in page["Reservations"] for one in each["Instances"]]


def databases(account: Account, footprint: Thing, place: str) -> tuple[Database, ...]:
    """The managed one of the stack's output, if it has one. `place`: the address that its host is to have here.

    Raises OperationError, which names the database or its secret, for one that does not run or has none.
    """
    stated = footprint["database"]
    if stated["kind"] != "managed":
        return ()
    every = account("rds").describe_db_instances()["DBInstances"]
    one = next((each for each in every if each["Endpoint"]["Address"] == stated["address"]), None)
    if one is None:
        cause = f"The database at {stated['address']} is not in the emulated account."
        raise OperationError(cause, NOTHING, _anew(footprint))
    if one["DBInstanceStatus"] != "available":
        identity, state = one["DBInstanceIdentifier"], one["DBInstanceStatus"]
        fix = _command(account, f"rds start-db-instance --db-instance-identifier {identity}", footprint)
        raise OperationError(f"The database {identity} is {state}, not available.", NOTHING, fix)
    group = one["DBParameterGroups"][0]["DBParameterGroupName"]
    parameters = account("rds").describe_db_parameters(DBParameterGroupName=group, Source="user")["Parameters"]
    database = Database(
        identity=one["DBInstanceIdentifier"],
        address=place,
        port=int(stated["port"]),
        version=one["EngineVersion"].split(".")[0],
        name=one["DBName"],
        user=one["MasterUsername"],
        password=_password(account, one, footprint),
        parameters={each["ParameterName"]: each["ParameterValue"] for each in parameters},
        allowed=tuple(sorted(_allowed(account, one, instances(account, footprint["environment"])))),
    )
    return (database,)


def _halted(account: Account, footprint: Thing, host: Thing) -> OperationError:
    """Why a host of the Footprint has no machine that runs."""
    there = _instances(account, footprint["environment"], "stopping", "stopped")
    one = next((each for each in there if each["PrivateIpAddress"] == host["address"]), None)
    if one is None:
        cause = f"The instance of {host['name']} ({host['address']}) is not in the emulated account."
        return OperationError(cause, NOTHING, _anew(footprint))
    cause = f"The instance {one['InstanceId']} of {host['name']} ({host['address']}) is {one['State']['Name']}."
    fix = _command(account, f"ec2 start-instances --instance-ids {one['InstanceId']}", footprint)
    return OperationError(cause, NOTHING, fix)


def _command(account: Account, words: str, footprint: Thing) -> str:
    """For the AWS CLI, of the emulated account: without its address the command would be sent to the real one."""
    where = f"AWS_ENDPOINT_URL={account.endpoint_url} " if account.endpoint_url else ""
    keys = "AWS_ACCESS_KEY_ID=rehearsal AWS_SECRET_ACCESS_KEY=rehearsal"
    command = f"{where}{keys} aws --region {account.region} {words}"
    return f"{command}\nthen the same command again; or begin anew: {_down(footprint)}"


def _anew(footprint: Thing) -> str:
    return f"{_down(footprint)}, then the same command again: it begins anew"


def _down(footprint: Thing) -> str:
    return f"make down ENV={footprint['environment']}"


def _machine(account: Account, one: Thing, host: Thing) -> Machine:
    return Machine(
        name=host["name"],
        identity=one["InstanceId"],
        address=host["address"],
        address6=one["NetworkInterfaces"][0]["Ipv6Addresses"][0]["Ipv6Address"],
        groups=tuple(host["groups"]),
        login_key=_login_key(account, one),
        disks=tuple(_disks(account, one, host)),
    )


def _login_key(account: Account, instance: Thing) -> str:
    """The key of its key pair, which cloud-init lets in at the first boot."""
    asked = account("ec2").describe_key_pairs(KeyNames=[instance["KeyName"]], IncludePublicKey=True)
    return str(asked["KeyPairs"][0]["PublicKey"])


def _disks(account: Account, instance: Thing, host: Thing) -> Iterator[Disk]:
    attached = [{"Name": "attachment.instance-id", "Values": [instance["InstanceId"]]}]
    volumes = account("ec2").describe_volumes(Filters=attached)["Volumes"]
    sizes = {one["VolumeId"].replace("-", ""): int(one["Size"]) for one in volumes}
    for volume in host["volumes"]:
        size = next((size for name, size in sizes.items() if volume["device"].endswith(name)), None)
        if size is None:
            cause = f"{host['name']}'s volume for {volume['purpose']} is not attached to {instance['InstanceId']}."
            raise OperationError(cause, NOTHING, "attach it in the emulated account, then run this again")
        yield Disk(volume["purpose"], volume["device"], size)


def _password(account: Account, database: Thing, footprint: Thing) -> str:
    """The admin's, from the account's own store, where RDS keeps it."""
    from botocore.exceptions import ClientError

    arn, identity = database["MasterUserSecret"]["SecretArn"], database["DBInstanceIdentifier"]
    try:
        text = account("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    except ClientError as reason:
        cause = f"The secret {arn} of the database {identity} can't be read: {reason.response['Error']['Message']}"
        fix = _command(account, f"secretsmanager restore-secret --secret-id {shlex.quote(arn)}", footprint)
        raise OperationError(cause, NOTHING, fix) from None
    return str(json.loads(text)["password"])


def _allowed(account: Account, database: Thing, running: Mapping[str, Thing]) -> Iterator[str]:
    """The addresses of the instances in the groups that the database's own group lets in."""
    ours = [group["VpcSecurityGroupId"] for group in database["VpcSecurityGroups"]]
    filters = [{"Name": "group-id", "Values": ours}]
    rules = account("ec2").describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    sources = {rule.get("ReferencedGroupInfo", {}).get("GroupId") for rule in rules if not rule["IsEgress"]}
    for address, instance in running.items():
        interfaces = instance["NetworkInterfaces"]  # moto leaves the instance's own list of groups empty
        if sources & {group["GroupId"] for interface in interfaces for group in interface["Groups"]}:
            yield address

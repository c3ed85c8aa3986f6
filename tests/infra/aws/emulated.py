"""Both stacks in one emulated account, and what plain boto3 reads back from there: what exists, not what was asked for.

The account is gone when the answers are there, so that no test runs inside of moto.
"""

from __future__ import annotations

import base64
import functools
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra import login, stack_file
from rehearsal import program
from rehearsal.aws import local
from rehearsal.aws.provider import Provider
from rehearsal.program import Made, Recorded
from tests.infra import footprints
from tests.infra.aws import plans

IMAGES = [plans.settings(stack).image for stack in plans.STACKS]
Thing = dict[str, Any]


@dataclass
class Exists:
    """What the account holds, of all environments; `of` picks one's by its tag."""

    account: str = ""
    made: dict[str, Made] = field(default_factory=dict)
    recorded: list[Recorded] = field(default_factory=list)
    ec2: dict[str, list[Thing]] = field(default_factory=dict)
    buckets: list[Thing] = field(default_factory=list)
    databases: list[Thing] = field(default_factory=list)
    parameters: dict[str, dict[str, Thing]] = field(default_factory=dict)
    subnet_groups: list[Thing] = field(default_factory=list)
    roles: list[Thing] = field(default_factory=list)
    profiles: list[Thing] = field(default_factory=list)
    users: list[Thing] = field(default_factory=list)
    keys: list[Thing] = field(default_factory=list)
    log_groups: list[Thing] = field(default_factory=list)
    budgets: list[Thing] = field(default_factory=list)


@functools.cache
def exists() -> Exists:
    """The account after both stacks were made in it, once a session."""
    with local.account(plans.REGION, IMAGES) as account:
        provider = Provider(account)
        made = {stack: apply(stack, provider) for stack in plans.STACKS}
        return Exists(account.id, made, provider.recorded, **read())


def apply(stack: str, provider: Provider) -> Made:
    return run(plans.ROOT / "stacks" / f"Pulumi.{stack}.yaml", provider)


def run(file: Path, provider: Provider) -> Made:
    """The stack of `file` with a key to log in with: AWS takes no other, in an emulated account either."""
    environment = stack_file.environment(file)
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / environment).mkdir()
        (Path(directory) / environment / login.FILE).write_text(footprints.key(1))
        return program.run(file, provider, stacks=Path(directory))


def of(things: list[Thing], stack: str) -> list[Thing]:
    """Those with the environment's tag. Fails when there are none: a test of nothing would pass."""
    found = [thing for thing in things if tags(thing).get("environment") == stack]
    assert found, f"{stack} has none of these"
    return found


def tags(thing: Thing) -> dict[str, str]:
    """The tags of a resource, whichever way its service names them."""
    found: Any = next((thing[name] for name in ("Tags", "TagSet", "TagList", "tags") if name in thing), [])
    if isinstance(found, dict):
        return found
    return {tag.get("Key", tag.get("TagKey", "")): tag.get("Value", tag.get("TagValue", "")) for tag in found}


def read() -> dict[str, Any]:
    """All that is asked, of the account that moto is at the moment."""
    rds = boto3.client("rds", plans.REGION)
    iam = boto3.client("iam", plans.REGION)
    groups = rds.describe_db_parameter_groups()["DBParameterGroups"]
    return {
        "ec2": _ec2(),
        "buckets": _buckets(),
        "databases": rds.describe_db_instances()["DBInstances"],
        "parameters": {group["DBParameterGroupName"]: _parameters(rds, group) for group in groups},
        "subnet_groups": [_tagged(rds, group) for group in rds.describe_db_subnet_groups()["DBSubnetGroups"]],
        "roles": [_role(iam, role["RoleName"]) for role in iam.list_roles()["Roles"]],
        "profiles": [_profile(iam, one) for one in iam.list_instance_profiles()["InstanceProfiles"]],
        "users": iam.list_users()["Users"],
        "keys": _keys(),
        "log_groups": _log_groups(),
        "budgets": _budgets(),
    }


def _ec2() -> dict[str, list[Thing]]:
    ec2 = boto3.client("ec2", plans.REGION)
    described: dict[str, list[Thing]] = {
        "vpcs": [vpc for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]],
        "subnets": [each for each in ec2.describe_subnets()["Subnets"] if not each["DefaultForAz"]],
        "tables": ec2.describe_route_tables()["RouteTables"],
        "groups": ec2.describe_security_groups()["SecurityGroups"],
        "rules": ec2.describe_security_group_rules()["SecurityGroupRules"],
        "volumes": ec2.describe_volumes()["Volumes"],
        "addresses": ec2.describe_addresses()["Addresses"],
        "flow_logs": ec2.describe_flow_logs()["FlowLogs"],
        "endpoints": [each for each in ec2.describe_vpc_endpoints()["VpcEndpoints"] if each["State"] != "deleted"],
        "gateways": ec2.describe_internet_gateways()["InternetGateways"],
        "one_way_gateways": ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"],
        "nat_gateways": ec2.describe_nat_gateways()["NatGateways"],
    }
    found = [each for one in ec2.describe_instances()["Reservations"] for each in one["Instances"]]
    described["machines"] = [machine | _attributes(ec2, machine["InstanceId"]) for machine in found]
    return described


def _attributes(ec2: Any, machine: str) -> Thing:
    def ask(attribute: str) -> Any:
        found = ec2.describe_instance_attribute(InstanceId=machine, Attribute=attribute)
        return found[attribute[0].upper() + attribute[1:]]["Value"]

    return {
        "user_data": base64.b64decode(ask("userData")).decode(),
        "protected": ask("disableApiTermination"),
    }


def _buckets() -> list[Thing]:
    s3 = boto3.client("s3", plans.REGION)
    asked = {
        "block": (s3.get_public_access_block, "PublicAccessBlockConfiguration"),
        "policy": (s3.get_bucket_policy, "Policy"),
        "encryption": (s3.get_bucket_encryption, "ServerSideEncryptionConfiguration"),
        "ownership": (s3.get_bucket_ownership_controls, "OwnershipControls"),
        "versioning": (s3.get_bucket_versioning, "Status"),
        "lifecycle": (s3.get_bucket_lifecycle_configuration, "Rules"),
        "lock": (s3.get_object_lock_configuration, "ObjectLockConfiguration"),
        "logging": (s3.get_bucket_logging, "LoggingEnabled"),
        "grants": (s3.get_bucket_acl, "Grants"),
        "Tags": (s3.get_bucket_tagging, "TagSet"),
    }
    return [
        {"Name": bucket["Name"], **{name: _answer(call, key, bucket["Name"]) for name, (call, key) in asked.items()}}
        for bucket in s3.list_buckets()["Buckets"]
    ]


def _answer(call: Any, key: str, bucket: str) -> Any:
    """What is set on a bucket; None for what is not set, which S3 calls an error."""
    try:
        return call(Bucket=bucket).get(key)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code.startswith("NoSuch") or code.endswith(("NotFoundError", "NotFound")):
            return None
        raise


def _parameters(rds: Any, group: Thing) -> dict[str, Thing]:
    found = rds.describe_db_parameters(DBParameterGroupName=group["DBParameterGroupName"], Source="user")
    return {each["ParameterName"]: each for each in found["Parameters"]}


def _tagged(rds: Any, group: Thing) -> Thing:
    return group | {"Tags": rds.list_tags_for_resource(ResourceName=group["DBSubnetGroupArn"])["TagList"]}


def _role(iam: Any, name: str) -> Thing:
    policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return {
        **iam.get_role(RoleName=name)["Role"],
        "inline": [iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in policies],
        "attached": iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
    }


def _profile(iam: Any, profile: Thing) -> Thing:
    found: Thing = iam.get_instance_profile(InstanceProfileName=profile["InstanceProfileName"])["InstanceProfile"]
    return found


def _keys() -> list[Thing]:
    kms = boto3.client("kms", plans.REGION)
    return [
        {
            **kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"],
            "rotation": kms.get_key_rotation_status(KeyId=key["KeyId"]),
            "policy": kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"],
            "aliases": [each["AliasName"] for each in kms.list_aliases(KeyId=key["KeyId"])["Aliases"]],
            "Tags": kms.list_resource_tags(KeyId=key["KeyId"])["Tags"],
        }
        for key in kms.list_keys()["Keys"]
    ]


def _log_groups() -> list[Thing]:
    logs = boto3.client("logs", plans.REGION)
    return [
        group | {"tags": logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]}
        for group in logs.describe_log_groups()["logGroups"]
    ]


def _budgets() -> list[Thing]:
    budgets = boto3.client("budgets", plans.REGION)
    account = boto3.client("sts", plans.REGION).get_caller_identity()["Account"]
    return [
        budget
        | {
            "notifications": budgets.describe_notifications_for_budget(
                AccountId=account, BudgetName=budget["BudgetName"]
            )["Notifications"]
        }
        for budget in budgets.describe_budgets(AccountId=account)["Budgets"]
    ]

"""What still costs money is what the account has, of this environment only, whoever made it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from ops.cloud.aws import costs
from ops.environment import Environment
from tests.ops.cloud.aws.made import REGION, database, machine

pytestmark = pytest.mark.usefixtures("account")


def tagged(kind: str, environment: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "environment", "Value": environment}]}]


def furnish(name: str, address: str) -> None:
    """One of everything that is paid for, of the environment `name`."""
    machine(address, name)
    ec2 = boto3.client("ec2", REGION)
    ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=20, TagSpecifications=tagged("volume", name))
    ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", name))
    rds = boto3.client("rds", REGION)
    database(rds, f"{name}-database", name)
    rds.create_db_snapshot(
        DBInstanceIdentifier=f"{name}-database",
        DBSnapshotIdentifier=f"{name}-final",
        Tags=[{"Key": "environment", "Value": name}],
    )
    s3 = boto3.client("s3", REGION)
    s3.create_bucket(Bucket=f"{name}-backups", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_tagging(Bucket=f"{name}-backups", Tagging={"TagSet": [{"Key": "environment", "Value": name}]})
    boto3.client("kms", REGION).create_key(Tags=[{"TagKey": "environment", "TagValue": name}])
    boto3.client("secretsmanager", REGION).create_secret(
        Name=f"{name}-secret", SecretString="-", Tags=[{"Key": "environment", "Value": name}]
    )
    boto3.client("logs", REGION).create_log_group(logGroupName=f"/{name}/log", tags={"environment": name})


def test_everything_that_is_paid_for_is_listed_and_nobody_elses(dev: Environment) -> None:
    furnish("aws-dev", "10.20.0.10")
    furnish("aws-prod", "10.20.0.11")
    found = costs.left(dev)
    kinds = [one.what for one in found]
    assert set(kinds) == {
        "machine",
        "disk",
        "public address",
        "database",
        "database snapshot",
        "bucket",
        "key",
        "secret",
        "log group",
    }
    assert [kinds.count(kind) for kind in ("machine", "bucket", "key", "database snapshot")] == [1, 1, 1, 1]
    assert not any("aws-prod" in one.id for one in found)
    bucket = next(one for one in found if one.what == "bucket")
    assert bucket.id == "aws-dev-backups"
    assert str(bucket) == "bucket aws-dev-backups: by what it holds, old versions too"


def test_what_is_gone_costs_nothing(dev: Environment) -> None:
    instance = machine("10.20.0.10")
    ec2, kms = boto3.client("ec2", REGION), boto3.client("kms", REGION)
    ec2.terminate_instances(InstanceIds=[instance])
    key = kms.create_key(Tags=[{"TagKey": "environment", "TagValue": "aws-dev"}])["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    assert costs.left(dev) == []


def test_a_gateway_is_the_dearest_to_forget(dev: Environment) -> None:
    ec2 = boto3.client("ec2", REGION)
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(
        SubnetId=subnet, AllocationId=address, TagSpecifications=tagged("natgateway", "aws-dev")
    )["NatGateway"]["NatGatewayId"]
    assert [one.id for one in costs.left(dev)] == [made]
    ec2.delete_nat_gateway(NatGatewayId=made)
    assert costs.left(dev) == []

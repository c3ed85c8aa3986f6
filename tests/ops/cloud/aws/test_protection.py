"""AWS's own protections are lifted for what is to go, and for nothing else; read back from the account."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from ops.cloud.aws import protection
from ops.cloud.state import Entry
from ops.environment import Environment
from tests.ops.cloud.aws.made import database, machine

pytestmark = pytest.mark.usefixtures("account")


def silent(_text: str) -> None:
    """Nobody looks at the progress."""


def entry(kind: str, identity: str, **outputs: Any) -> Entry:
    return Entry(f"urn:{identity}", kind, identity, True, frozenset(), outputs)


def is_protected(instance: str) -> bool:
    ec2 = boto3.client("ec2", "eu-central-1")
    answer = ec2.describe_instance_attribute(InstanceId=instance, Attribute="disableApiTermination")
    return bool(answer["DisableApiTermination"]["Value"])


def test_termination_protection_goes_for_the_machines_named(dev: Environment) -> None:
    ec2 = boto3.client("ec2", "eu-central-1")
    ours, others = machine("10.20.0.10"), machine("10.20.0.11")
    for one in (ours, others):
        ec2.modify_instance_attribute(InstanceId=one, DisableApiTermination={"Value": True})
    protection.of_machines(dev, [entry(protection.INSTANCE, ours), entry("aws:ec2/vpc:Vpc", others)])
    assert not is_protected(ours)
    assert is_protected(others)


def test_a_machine_that_is_gone_stops_nobody(dev: Environment) -> None:
    protection.of_machines(dev, [entry(protection.INSTANCE, "i-0123456789abcdef0")])


def test_a_bucket_is_emptied_of_every_version(dev: Environment) -> None:
    s3 = boto3.client("s3", "eu-central-1")
    for name in ("ours", "others"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        for text in (b"one", b"two"):
            s3.put_object(Bucket=name, Key="a/b", Body=text)
        s3.delete_object(Bucket=name, Key="a/b")
    protection.of_data(dev, [entry(protection.BUCKET, "ours")], silent)
    s3.delete_bucket(Bucket="ours")
    assert len(s3.list_object_versions(Bucket="others")["Versions"]) == 2


def test_locked_backups_go_too_when_their_deletion_was_asked_for(dev: Environment) -> None:
    s3 = boto3.client("s3", "eu-central-1")
    s3.create_bucket(
        Bucket="locked",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        ObjectLockEnabledForBucket=True,
    )
    retention = {"Mode": "GOVERNANCE", "Days": 30}
    s3.put_object_lock_configuration(
        Bucket="locked",
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}},
    )
    s3.put_object(Bucket="locked", Key="backup", Body=b"x")
    protection.of_data(dev, [entry(protection.BUCKET, "locked")], silent)
    s3.delete_bucket(Bucket="locked")


def test_a_bucket_that_is_gone_stops_nobody(dev: Environment) -> None:
    protection.of_data(dev, [entry(protection.BUCKET, "never-was")], silent)


def test_the_databases_deletion_protection_goes(dev: Environment) -> None:
    rds = boto3.client("rds", "eu-central-1")
    database(rds, "aws-dev-database-1")
    found = entry(protection.DATABASE, "db-RESOURCEID", identifier="aws-dev-database-1")
    protection.of_data(dev, [found], silent)
    assert not rds.describe_db_instances()["DBInstances"][0]["DeletionProtection"]
    protection.of_data(dev, [entry(protection.DATABASE, "db-X", identifier="gone")], silent)

"""What has to run here for an emulated account; and what is not as it should be there is named, with what mends it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from ops.errors import OperationError
from rehearsal.aws import found, local
from rehearsal.aws.account import Account
from tests.infra.aws import plans
from tests.rehearsal.aws.small import REGION

PLACE = "10.23.255.254"


@pytest.fixture
def account() -> Iterator[Account]:
    with local.account(REGION, [plans.settings("aws-prod").image]) as here:
        yield here


@pytest.fixture
def footprint(account: Account) -> dict[str, Any]:
    """Of one instance and a managed database, both of which are there."""
    ec2, rds = account("ec2"), account("rds")
    (image,) = ec2.describe_images(Owners=["self"])["Images"] or ec2.describe_images()["Images"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "environment", "Value": "one"}]}]
    made = ec2.run_instances(ImageId=image["ImageId"], MinCount=1, MaxCount=1, TagSpecifications=tags)["Instances"][0]
    database = rds.create_db_instance(
        DBInstanceIdentifier="one-database",
        DBInstanceClass="db.t4g.small",
        Engine="postgres",
        EngineVersion="17.6",
        AllocatedStorage=20,
        DBName="first",
        MasterUsername="admin1",
        ManageMasterUserPassword=True,
    )["DBInstance"]
    host = {"name": "app1", "address": made["PrivateIpAddress"], "groups": ["service"], "volumes": []}
    stated = {"kind": "managed", "address": database["Endpoint"]["Address"], "port": 5432}
    return {"environment": "one", "hosts": [host], "database": stated}


def instance(account: Account) -> str:
    return str(account("ec2").describe_instances()["Reservations"][0]["Instances"][0]["InstanceId"])


def secret(account: Account) -> str:
    return str(account("rds").describe_db_instances()["DBInstances"][0]["MasterUserSecret"]["SecretArn"])


def look(account: Account, footprint: dict[str, Any]) -> None:
    found.databases(account, footprint, PLACE)
    found.machines(account, footprint)


def refused(account: Account, footprint: dict[str, Any]) -> OperationError:
    with pytest.raises(OperationError) as error:
        look(account, footprint)
    assert error.value.consequence == "No host was made or changed."
    return error.value


def command(error: OperationError) -> list[str]:
    """The words of the AWS CLI that the error says to type."""
    return shlex.split(error.fix.splitlines()[0].partition(" aws ")[2])


def test_a_managed_database_is_found_with_its_admins_password(account: Account, footprint: dict[str, Any]) -> None:
    (one,) = found.databases(account, footprint, PLACE)
    assert (one.identity, one.address, one.version, one.name, one.user) == (
        "one-database", PLACE, "17", "first", "admin1",
    )  # fmt: skip
    assert one.password
    assert one.password not in repr(one)


def test_an_instance_that_is_stopped_is_named(account: Account, footprint: dict[str, Any]) -> None:
    account("ec2").stop_instances(InstanceIds=[instance(account)])
    error = refused(account, footprint)
    assert "app1" in error.cause
    assert f"{instance(account)} " in error.cause
    assert command(error) == ["--region", REGION, "ec2", "start-instances", "--instance-ids", instance(account)]


def test_an_instance_that_is_gone_is_named(account: Account, footprint: dict[str, Any]) -> None:
    """It can't be started: the account has to begin anew."""
    account("ec2").terminate_instances(InstanceIds=[instance(account)])
    error = refused(account, footprint)
    assert "app1" in error.cause
    assert error.fix.startswith("make down ENV=one")


def test_a_database_that_is_stopped_is_named(account: Account, footprint: dict[str, Any]) -> None:
    account("rds").stop_db_instance(DBInstanceIdentifier="one-database")
    error = refused(account, footprint)
    assert error.cause == "The database one-database is stopped, not available."
    assert command(error)[2:] == ["rds", "start-db-instance", "--db-instance-identifier", "one-database"]


def test_a_database_that_is_gone_is_named(account: Account, footprint: dict[str, Any]) -> None:
    account("rds").delete_db_instance(DBInstanceIdentifier="one-database", SkipFinalSnapshot=True)
    error = refused(account, footprint)
    assert footprint["database"]["address"] in error.cause
    assert error.fix.startswith("make down ENV=one")


def test_a_secret_that_is_deleted_is_named(account: Account, footprint: dict[str, Any]) -> None:
    """Its name has a `!`, which a shell at which somebody types takes for a word of its history."""
    account("secretsmanager").delete_secret(SecretId=secret(account), RecoveryWindowInDays=7)
    error = refused(account, footprint)
    assert secret(account) in error.cause
    assert "one-database" in error.cause
    assert command(error)[2:] == ["secretsmanager", "restore-secret", "--secret-id", secret(account)]
    assert f"'{secret(account)}'" in error.fix

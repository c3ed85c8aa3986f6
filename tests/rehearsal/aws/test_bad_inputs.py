"""Mutations: one input of the real program's is made bad, and AWS's refusal is known before AWS is asked."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rehearsal.aws import local
from rehearsal.aws.account import Account, InvalidCallError
from rehearsal.aws.images import definition
from rehearsal.aws.provider import Provider
from rehearsal.program import Resource
from tests.infra.aws import plans

IMAGE = plans.settings("aws-prod").image
RULE = "SecurityGroupIngressRule"
# The type, the input, its bad value, and where in the call it stands and what is said of it.
BAD: list[tuple[str, str, object, str, str]] = [
    ("Key", "customerMasterKeySpec", "AES", "KeySpec", "is none of"),
    ("Key", "policy", "\u0000", "Policy", "does not match"),
    ("Key", "tags.owner", "x" * 257, "Tags[", "more than 256"),
    ("Alias", "namePrefix", "alias/a b", "AliasName", "does not match"),
    ("Vpc", "cidrBlock", "10.0.0.0/8", "CidrBlock", "netmask"),
    ("Vpc", "instanceTenancy", "shared", "InstanceTenancy", "is none of"),
    ("Vpc", "tags.aws:x", "y", "TagSpecifications[0].Tags[", "begins with aws:"),
    ("SecurityGroup", "description", "the proxy's", "Description", "does not match"),
    (RULE, "description", "don't", "IpPermissions[0].", "does not match"),
    (RULE, "fromPort", 30000.0, "IpPermissions[0].ToPort", "less than FromPort"),
    ("VpcEndpoint", "vpcEndpointType", "S3", "VpcEndpointType", "is none of"),
    ("VpcEndpoint", "subnetIds", ["subnet-1"], "SubnetIds", "not for gateways"),
    ("FlowLog", "trafficType", "EVERYTHING", "TrafficType", "is none of"),
    ("FlowLog", "maxAggregationInterval", 300.0, "MaxAggregationInterval", "neither 60 nor 600"),
    ("FlowLog", "iamRoleArn", None, "DeliverLogsPermissionArn", "is needed"),
    ("InstanceConnectEndpoint", "ipAddressType", "ipv5", "IpAddressType", "is none of"),
    ("Instance", "instanceType", "t3a.tiny", "InstanceType", "is none of"),
    ("Instance", "metadataOptions.httpTokens", "always", "MetadataOptions.HttpTokens", "is none of"),
    ("Instance", "rootBlockDevice.volumeType", "gp4", "BlockDeviceMappings[0].Ebs.VolumeType", "is none of"),
    ("Instance", "rootBlockDevice.encrypted", False, "BlockDeviceMappings[0].Ebs.KmsKeyId", "needs Encrypted"),
    ("Instance", "rootBlockDevice.volumeSize", 70000.0, "BlockDeviceMappings[0].Ebs.VolumeSize", "can hold"),
    ("Instance", "instanceType", "m6a.large", "CreditSpecification", "machines that burst"),
    ("Instance", "instanceMarketOptions", {"marketType": "spot"}, "DisableApiTermination", "spot"),
    ("Instance", "userData", "x" * 16385, "UserData", "more than 16384 bytes"),
    ("Volume", "type", "gp4", "VolumeType", "is none of"),
    ("Role", "assumeRolePolicy", '{"Statement": []}' + "x" * 2048, "AssumeRolePolicyDocument", "more than 2048"),
    ("Role", "name", "a b", "RoleName", "does not match"),
    ("LogGroup", "name", "a group", "logGroupName", "does not match"),
    ("Bucket", "bucket", "With_Capitals", "Bucket", "no name that a bucket may have"),
    ("BucketVersioning", "versioningConfiguration.status", "Disabled", "VersioningConfiguration.Status", "is none of"),
    (
        "BucketOwnershipControls",
        "rule.objectOwnership",
        "Mine",
        "OwnershipControls.Rules[0].ObjectOwnership",
        "none of",
    ),
    ("Budget", "timeUnit", "WEEKLY", "Budget.TimeUnit", "is none of"),
    ("Budget", "limitAmount", "thirty", "Budget.BudgetLimit.Amount", "does not match"),
    ("Budget", "notifications[0].notificationType", "PLANNED", "NotificationsWithSubscribers[0].", "is none of"),
    ("ParameterGroup", "name", "a.b", "DBParameterGroupName", "does not match"),
    ("SubnetGroup", "name", "default", "DBSubnetGroupName", "does not match"),
]
DATABASE: list[tuple[str, object, str, str]] = [
    ("identifier", "aws--prod", "DBInstanceIdentifier", "does not match"),
    ("username", "somebody-else", "MasterUsername", "is no word"),
    ("allocatedStorage", 10.0, "AllocatedStorage", "not within 20 to 65536"),
    ("backupRetentionPeriod", 40.0, "BackupRetentionPeriod", "not within 0 to 35"),
    ("backupWindow", "03:00-04:00", "PreferredMaintenanceWindow", "meets PreferredBackupWindow"),
    ("monitoringInterval", 0.0, "MonitoringRoleArn", "goes with a MonitoringInterval"),
    ("monitoringInterval", 45.0, "MonitoringInterval", "is none of"),
    ("performanceInsightsRetentionPeriod", 8.0, "PerformanceInsightsRetentionPeriod", "is neither 7 nor"),
    ("storageEncrypted", False, "KmsKeyId", "needs StorageEncrypted"),
    ("manageMasterUserPassword", False, "MasterUserSecretKmsKeyId", "needs ManageMasterUserPassword"),
    ("availabilityZone", "eu-central-1a", "AvailabilityZone", "excludes MultiAZ"),
]


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with local.account(plans.REGION, [IMAGE]) as here:
        yield here


def mutated(token: str, path: str, value: object) -> Resource:
    """A resource of the real program's with one other input; None takes it away."""
    every = (one for stack in reversed(plans.STACKS) for one in plans.stack(stack).resources)
    found = next(one for one in every if one.custom and one.type.endswith(token))
    inputs = copy.deepcopy(found.inputs)
    place: Any = inputs
    *steps, last = path.replace("[0]", ".0").split(".") if not path.startswith("tags.") else path.split(".", 1)
    for step in steps:
        place = place[int(step)] if step.isdigit() else place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    if "ami" in inputs:
        inputs["ami"] = definition(IMAGE)["ami_id"]
    return replace(found, inputs=inputs)


@pytest.mark.parametrize(
    ("kind", "path", "value", "at", "says"), BAD, ids=[f"{each[0]}-{each[1]}-{n}" for n, each in enumerate(BAD)]
)
def test_a_bad_input_is_refused_by_its_name(
    account: Account, kind: str, path: str, value: object, at: str, says: str
) -> None:
    token = {"Instance": "ec2/instance:Instance"}.get(kind, f":{kind}")
    _refused(account, mutated(token, path, value), at, says)


@pytest.mark.parametrize(
    ("path", "value", "at", "says"), DATABASE, ids=[f"{each[0]}-{n}" for n, each in enumerate(DATABASE)]
)
def test_a_bad_database_is_refused_by_its_name(account: Account, path: str, value: object, at: str, says: str) -> None:
    _refused(account, mutated("rds/instance:Instance", path, value), at, says)


def _refused(account: Account, resource: Resource, at: str, says: str) -> None:
    with pytest.raises(InvalidCallError) as refused:
        Provider(account).create(resource)
    error = refused.value
    assert (error.type, error.name) == (resource.type, resource.name), "whose it is"
    assert error.path.startswith(at), "where it stands"
    assert says in error.rule

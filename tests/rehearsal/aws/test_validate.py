"""botocore's model, held against calls: what botocore itself does not check."""

from __future__ import annotations

import re
from typing import Any

import botocore.session
import pytest

from rehearsal.aws import patterns, validate

SERVICES = ("budgets", "ec2", "iam", "kms", "logs", "rds", "route53", "s3", "sts")
SESSION = botocore.session.get_session()


def shape(service: str, operation: str) -> Any:
    return SESSION.get_service_model(service).operation_model(operation).input_shape


def broken(service: str, operation: str, **parameters: Any) -> list[tuple[str, str]]:
    return list(validate.broken(shape(service, operation), parameters))


BAD = [
    ("kms", "CreateKey", {"KeyUsage": "ENCRYPT"}, "KeyUsage", "is none of SIGN_VERIFY, ENCRYPT_DECRYPT"),
    ("kms", "CreateKey", {"Description": "x" * 8193}, "Description", "8193 characters is more than 8192"),
    ("kms", "CreateKey", {"Tags": [{"TagKey": "", "TagValue": ""}]}, "Tags[0].TagKey", "0 characters is less than 1"),
    ("kms", "CreateAlias", {"AliasName": "alias/a b", "TargetKeyId": "k"}, "AliasName", "does not match"),
    ("kms", "EnableKeyRotation", {"KeyId": "k", "RotationPeriodInDays": 89}, "RotationPeriodInDays", "less than 90"),
    ("iam", "CreateRole", {"RoleName": "a b", "AssumeRolePolicyDocument": "{}"}, "RoleName", "does not match"),
    ("iam", "CreateRole", {"RoleName": "é" * 65, "AssumeRolePolicyDocument": "{}"}, "RoleName", "more than 64"),
    ("logs", "CreateLogGroup", {"logGroupName": "a group"}, "logGroupName", "does not match"),
    ("logs", "CreateLogGroup", {"logGroupName": "g", "tags": {"owner": "a|b"}}, "tags.owner", "does not match"),
    ("ec2", "CreateVolume", {"AvailabilityZone": "a", "VolumeType": "gp4"}, "VolumeType", "'gp4' is none of standard"),
    ("ec2", "RunInstances", {"InstanceType": "t3a.smal"}, "InstanceType", "'t3a.smal' is none of"),
    (
        "s3",
        "PutBucketEncryption",
        {
            "ServerSideEncryptionConfiguration": {
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES128"}}]
            }
        },
        "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm",
        "'AES128' is none of",
    ),
]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "path", "says"), BAD, ids=[f"{b[1]}-{b[3]}" for b in BAD]
)
def test_what_aws_refuses_is_found_where_it_stands(
    service: str, operation: str, parameters: dict[str, Any], path: str, says: str
) -> None:
    found = broken(service, operation, **parameters)
    assert path in {each for each, _ in found}, "moto would take it, and AWS would not"
    assert any(says in rule for each, rule in found if each == path)


def test_good_calls_break_nothing() -> None:
    assert broken("kms", "CreateKey", KeyUsage="ENCRYPT_DECRYPT", Tags=[{"TagKey": "owner", "TagValue": "ml"}]) == []
    assert broken("iam", "CreateRole", RoleName="aws-dev_x+=,.@-", AssumeRolePolicyDocument="{}") == []
    assert broken("logs", "CreateLogGroup", logGroupName="/aws/rds/x_y.z-1#", tags={"owner": "müller + co @ 1"}) == []
    assert broken("ec2", "RunInstances", InstanceType="t3a.small", MinCount=1, MaxCount=1) == []


def test_an_unknown_member_and_a_wrong_type_are_left_to_botocore() -> None:
    assert broken("kms", "CreateKey", Unknown="x", Description=5) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_pattern_of_a_service_in_use_can_be_read(service: str) -> None:
    """They are Java's: one that Python reads otherwise would refuse what AWS takes, or take what it refuses."""
    model = SESSION.get_service_model(service)
    shapes = [model.shape_for(name) for name in model.shape_names]
    for text in {one.metadata["pattern"] for one in shapes if "pattern" in one.metadata}:
        compiled = patterns.compiled(text)
        assert not re.search(r"\\p\{", compiled.pattern), f"{text}: Python takes \\p for a p"


def test_javas_classes_mean_what_they_mean_to_java() -> None:
    tag = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$"
    assert patterns.matches(tag, "Müller 7 東京:/=+-@")
    assert not patterns.matches(tag, "a|b")
    assert patterns.matches(r"[\w-_]+", "a-b_c"), "a hyphen, and no range that Python refuses"
    assert patterns.matches("a(?i)b", "AB"), "the flag, wherever it stands"
    assert not patterns.matches("abc", "abc\n"), "the whole value"

"""The buckets and keys that exist once both stacks are made: the S3 and KMS lists of what users test for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.aws import emulated, plans
from tests.infra.aws.emulated import Thing

EACH = pytest.mark.parametrize("stack", plans.STACKS)
PURPOSES = {"aws-dev": {"artifacts", "backups"}, "aws-prod": {"artifacts", "backups", "logs"}}


def buckets(stack: str) -> list[Thing]:
    found = emulated.of(emulated.exists().buckets, stack)
    assert {purpose(stack, one) for one in found} == PURPOSES[stack], "one less is one that nobody looks at"
    return found


def purpose(stack: str, bucket: Thing) -> str:
    return emulated.tags(bucket)["Name"].removeprefix(f"{stack}-")


def key(stack: str) -> Thing:
    (one,) = emulated.of(emulated.exists().keys, stack)
    return one


def statements(document: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(document)["Statement"]
    assert found, "an empty policy refuses nothing"
    return found


@EACH
def test_no_bucket_can_be_made_public(stack: str) -> None:
    for one in buckets(stack):
        assert len(one["block"]) == 4, "each of the four closes another way"
        assert all(one["block"].values()), one["Name"]
        assert one["ownership"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}], "ACLs would be a second law"
        assert [grant["Permission"] for grant in one["grants"]] == ["FULL_CONTROL"], "the owner's, and nobody else's"


@EACH
def test_nothing_comes_or_goes_without_tls(stack: str) -> None:
    for one in buckets(stack):
        arn = f"arn:aws:s3:::{one['Name']}"
        (refusal,) = [each for each in statements(one["policy"]) if each["Sid"] == "OnlyTls"]
        assert refusal["Effect"] == "Deny"
        assert refusal["Principal"] == "*", "whoever comes"
        assert refusal["Action"] == "s3:*"
        assert set(refusal["Resource"]) == {arn, f"{arn}/*"}, "the bucket and all in it"
        assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@EACH
def test_no_policy_of_a_bucket_admits_anybody(stack: str) -> None:
    for one in buckets(stack):
        allowed = [each for each in statements(one["policy"]) if each["Effect"] == "Allow"]
        services = [each["Principal"] for each in allowed]
        expected = [{"Service": "logging.s3.amazonaws.com"}] if purpose(stack, one) == "logs" else []
        assert services == expected, "roles say who may; a bucket's policy only takes away"


@EACH
def test_objects_are_encrypted_with_the_key_of_their_environment(stack: str) -> None:
    for one in buckets(stack):
        (rule,) = one["encryption"]["Rules"]
        default = rule["ApplyServerSideEncryptionByDefault"]
        if purpose(stack, one) == "logs":
            assert default == {"SSEAlgorithm": "AES256"}, "S3 delivers its logs to no bucket with a KMS default"
        else:
            assert default == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key(stack)["Arn"]}
            assert rule["BucketKeyEnabled"] is True, "each object would be a paid call to KMS"


@EACH
def test_old_versions_are_kept_a_month_and_unfinished_uploads_a_week(stack: str) -> None:
    for one in buckets(stack):
        assert one["versioning"] == "Enabled", "what is overwritten would be gone"
        (rule,) = one["lifecycle"]
        assert rule["Status"] == "Enabled"
        assert rule["Filter"] == {"Prefix": ""}, "all objects"
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
        assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}, "no listing shows what these cost"


def test_backups_in_prod_can_be_deleted_by_nobody_who_breaks_in() -> None:
    locks = {purpose("aws-prod", one): one["lock"] for one in buckets("aws-prod")}
    assert locks["backups"]["ObjectLockEnabled"] == "Enabled"
    retention = locks["backups"]["Rule"]["DefaultRetention"]
    assert (retention["Mode"], retention["Days"]) == ("GOVERNANCE", 30)
    assert locks["logs"] is None, "S3 delivers its logs to no bucket with a default retention"


def test_prod_knows_who_read_what() -> None:
    found = {purpose("aws-prod", one): one for one in buckets("aws-prod")}
    for each in ("artifacts", "backups"):
        assert found[each]["logging"]["TargetBucket"] == found["logs"]["Name"], "of its own environment"
        assert found[each]["logging"]["TargetPrefix"] == f"{each}/"
    assert found["logs"]["logging"] is None, "logs of the logs would never end"


@EACH
def test_the_key_rotates_and_only_this_account_and_its_logs_use_it(stack: str) -> None:
    one = key(stack)
    assert one["KeyState"] == "Enabled"
    assert one["KeyManager"] == "CUSTOMER"
    assert one["rotation"]["KeyRotationEnabled"] is True
    assert len(one["aliases"]) == 1, "a console shows people a name"
    account = emulated.exists().account
    principals = [each["Principal"] for each in statements(one["policy"])]
    assert principals == [
        {"AWS": f"arn:aws:iam::{account}:root"},
        {"Service": f"logs.{plans.REGION}.amazonaws.com"},
    ], "whoever else is named here needs no policy of an administrator's"
    (logs,) = [each for each in statements(one["policy"]) if "Service" in each["Principal"]]
    (condition,) = logs["Condition"].values()
    assert condition == {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{plans.REGION}:{account}:*"}

"""The buckets, as both stacks register them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.aws import bucket
from tests.infra.aws import plans

BUCKETS = {"aws-dev": {"artifacts", "backups"}, "aws-prod": {"artifacts", "backups", "logs"}}
BY_BUCKET = [(stack, purpose) for stack, purposes in BUCKETS.items() for purpose in sorted(purposes)]
EACH = pytest.mark.parametrize(("stack", "purpose"), BY_BUCKET, ids=["-".join(one) for one in BY_BUCKET])


def about(stack: str, purpose: str, kind: str) -> dict[str, Any]:
    """The inputs of the one resource of a kind that is about this bucket."""
    found = [one for one in plans.of(plans.stack(stack), kind) if one.name == f"{stack}-{purpose}"]
    assert len(found) == 1, f"{purpose} has {len(found)} {kind}"
    return found[0].inputs


@pytest.mark.parametrize("stack", BUCKETS)
def test_there_are_these_buckets_and_each_protects_its_objects(stack: str) -> None:
    buckets = plans.of(plans.stack(stack), "Bucket")
    assert {one.name for one in buckets} == {f"{stack}-{purpose}" for purpose in BUCKETS[stack]}
    for one in buckets:
        assert one.options.get("protect"), "a refactoring would delete what nobody can make again"
        assert one.inputs["forceDestroy"] is False, "with its objects"
        assert "bucket" not in one.inputs, "a name of ours could be taken by somebody, anywhere in the world"


@EACH
def test_nothing_in_it_can_be_made_public(stack: str, purpose: str) -> None:
    block = about(stack, purpose, "BucketPublicAccessBlock")
    four = {"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"}
    assert {key for key in block if block[key] is True} == four, "each closes another way"
    controls = about(stack, purpose, "BucketOwnershipControls")
    assert controls["rule"] == {"objectOwnership": "BucketOwnerEnforced"}, "access lists would be a second law"


@EACH
def test_every_part_is_about_the_bucket_itself(stack: str, purpose: str) -> None:
    parts = [one for one in plans.stack(stack).resources if one.type.startswith("aws:s3/bucket")]
    own = {one.inputs["bucket"] for one in parts if one.name == f"{stack}-{purpose}" and "bucket" in one.inputs}
    assert len(own) == 1, "a part that guards another bucket leaves this one open"
    (name,) = own
    document = json.loads(about(stack, purpose, "BucketPolicy")["policy"])
    assert all(f"{stack}-{purpose}" in resource for one in document["Statement"] for resource in one["Resource"]), name


@EACH
def test_objects_are_encrypted_with_the_environments_key(stack: str, purpose: str) -> None:
    (rule,) = about(stack, purpose, "BucketServerSideEncryptionConfiguration")["rules"]
    default = rule["applyServerSideEncryptionByDefault"]
    if purpose == "logs":
        assert default == {"sseAlgorithm": "AES256"}, "S3 delivers no access logs to a bucket with a KMS default"
        return
    assert default["sseAlgorithm"] == "aws:kms"
    assert default["kmsMasterKeyId"].endswith(f":{stack}-data"), "with AWS's own key anybody in the account reads it"
    assert rule["bucketKeyEnabled"] is True, "each WAL file would be a paid call to KMS"


@EACH
def test_what_is_overwritten_or_deleted_comes_back_for_a_month(stack: str, purpose: str) -> None:
    assert about(stack, purpose, "BucketVersioning")["versioningConfiguration"] == {"status": "Enabled"}
    (rule,) = about(stack, purpose, "BucketLifecycleConfiguration")["rules"]
    assert rule["status"] == "Enabled"
    assert rule["filter"] == {}, "all objects"
    assert rule["noncurrentVersionExpiration"] == {"noncurrentDays": 30}, "old versions would be paid for for ever"
    assert rule["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}, "no listing shows what these cost"


def test_only_access_logs_ever_expire() -> None:
    (rule,) = about("aws-prod", "logs", "BucketLifecycleConfiguration")["rules"]
    assert rule["expiration"] == {"days": 365}
    for stack, purpose in BY_BUCKET:
        if purpose != "logs":
            (rule,) = about(stack, purpose, "BucketLifecycleConfiguration")["rules"]
            assert rule["expiration"] == {"expiredObjectDeleteMarker": True}, "pgBackRest decides what is too old"


def test_backups_in_prod_are_locked_for_as_long_as_pgbackrest_needs_them() -> None:
    made = plans.stack("aws-prod")
    locked = {one.name for one in plans.of(made, "Bucket") if one.inputs["objectLockEnabled"]}
    assert locked == {"aws-prod-backups"}, "S3 delivers no access logs to a locked bucket, and a model is made again"
    (lock,) = plans.of(made, "BucketObjectLockConfiguration")
    assert lock.name == "aws-prod-backups"
    retention = lock.inputs["rule"]["defaultRetention"]
    assert retention == {"mode": "GOVERNANCE", "days": 30}, "COMPLIANCE would bill mistakes until it ends"
    assert retention["days"] >= 28, "three weekly full backups are kept, and the fourth until the next is there"
    assert retention["days"] <= bucket.OLD_VERSIONS_DAYS, "the lifecycle would run into the lock"


def test_dev_has_no_lock_because_it_may_be_thrown_away() -> None:
    made = plans.stack("aws-dev")
    assert plans.of(made, "BucketObjectLockConfiguration") == []
    assert not any(one.inputs["objectLockEnabled"] for one in plans.of(made, "Bucket"))


def test_prod_logs_who_read_what() -> None:
    made = plans.stack("aws-prod")
    logging = {one.name: one.inputs for one in plans.of(made, "BucketLogging")}
    assert set(logging) == {"aws-prod-artifacts", "aws-prod-backups"}, "logs of the logs would never end"
    target = about("aws-prod", "logs", "BucketVersioning")["bucket"]
    assert {inputs["targetBucket"] for inputs in logging.values()} == {target}
    assert len({inputs["targetPrefix"] for inputs in logging.values()}) == 2, "whose log it is shows in its name"
    assert plans.of(plans.stack("aws-dev"), "BucketLogging") == [], "they cost, and dev has nobody's data"


def test_a_throwaway_environment_leaves_nothing_behind() -> None:
    _, made = plans.changed("aws-dev", deletion_protection=False)
    for one in plans.of(made, "Bucket"):
        assert one.inputs["forceDestroy"] is True
        assert "protect" not in one.options


def test_logs_are_asked_for_once_s3_may_deliver_them() -> None:
    made = plans.stack("aws-prod")
    (policy,) = [one.urn for one in plans.of(made, "BucketPolicy") if one.name == "aws-prod-logs"]
    for one in plans.of(made, "BucketLogging"):
        assert policy in one.references["targetBucket"], "S3 may refuse a target that does not admit its service yet"

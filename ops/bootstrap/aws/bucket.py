"""The bucket that holds the state. Pulumi puts and deletes lock files in it, so objects are never locked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from ops.bootstrap.aws import policies
from ops.bootstrap.aws.account import TAGS, Account, found, has_tags, listed, same
from ops.bootstrap.change import Change
from ops.errors import OperationError

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
OWNERSHIP = "BucketOwnerEnforced"
KEPT_DAYS, PARTS_DAYS = 90, 7  # old versions; parts of uploads that broke off
LIFECYCLE = {
    "ID": "old-versions",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "NoncurrentVersionExpiration": {"NoncurrentDays": KEPT_DAYS},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": PARTS_DAYS},
    "Expiration": {"ExpiredObjectDeleteMarker": True},  # every lock file leaves one
}
HOME = "us-east-1"  # where a bucket is made that names no region, and the one region that may not be named


@dataclass(frozen=True)
class _Setting:
    """`says`: for people. `call`: get_bucket_<call>, put_bucket_<call>. `absent`: the error code where there is none.

    `key`: what the value is called in both; in the answer to some gets it stands alone.
    """

    says: str
    call: str
    absent: str
    key: str
    value: dict[str, Any]


def changes(account: Account) -> Iterator[Change]:
    """What the bucket lacks. Raises OperationError if its name is somebody else's, or it is in another region."""
    s3, name = account.client("s3"), account.shared.bucket
    own = {"Bucket": name, "ExpectedBucketOwner": account.shared.account}
    there = _is_there(account)
    if not there:
        place = {"CreateBucketConfiguration": {"LocationConstraint": account.shared.region}}
        arguments: dict[str, Any] = {} if account.shared.region == HOME else place
        yield Change(
            f"the S3 bucket {name}", lambda: s3.create_bucket(Bucket=name, ObjectOwnership=OWNERSHIP, **arguments)
        )
    for setting in _wanted(account).values():
        answer = (found(getattr(s3, f"get_{setting.call}"), setting.absent, **own) or {}) if there else {}
        value = answer.get(setting.key, {key: answer.get(key) for key in setting.value})
        if not account.key_arn or not same(value, setting.value):
            yield Change(setting.says, partial(_put, account, setting.call, own))
    tags = (found(s3.get_bucket_tagging, "NoSuchTagSet", **own) or {}).get("TagSet", []) if there else []
    if not has_tags(tags):
        # This call replaces the whole set: what others wrote there stays.
        kept = {each["Key"]: each["Value"] for each in tags} | TAGS
        yield Change("its tags", lambda: s3.put_bucket_tagging(Tagging={"TagSet": listed(kept)}, **own))


def _wanted(account: Account) -> dict[str, _Setting]:
    # The bucket key spares a call to KMS, and its price, for each object.
    encryption = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": account.key_arn},
        "BucketKeyEnabled": True,
    }
    settings = (
        _Setting(
            "no public access, in all four ways",
            "public_access_block",
            "NoSuchPublicAccessBlockConfiguration",
            "PublicAccessBlockConfiguration",
            dict.fromkeys(BLOCKS, True),
        ),
        _Setting(
            "no ACLs",
            "bucket_ownership_controls",
            "OwnershipControlsNotFoundError",
            "OwnershipControls",
            {"Rules": [{"ObjectOwnership": OWNERSHIP}]},
        ),
        _Setting("versions", "bucket_versioning", "", "VersioningConfiguration", {"Status": "Enabled"}),
        _Setting(
            "encryption with that key",
            "bucket_encryption",
            "ServerSideEncryptionConfigurationNotFoundError",
            "ServerSideEncryptionConfiguration",
            {"Rules": [encryption]},
        ),
        _Setting(
            "nothing without TLS", "bucket_policy", "NoSuchBucketPolicy", "Policy", policies.bucket(account.shared)
        ),
        _Setting(
            f"old versions leave after {KEPT_DAYS} days",
            "bucket_lifecycle_configuration",
            "NoSuchLifecycleConfiguration",
            "LifecycleConfiguration",
            {"Rules": [LIFECYCLE]},
        ),
    )
    return {setting.call: setting for setting in settings}


def _put(account: Account, call: str, own: dict[str, str]) -> None:
    setting = _wanted(account)[call]  # anew: the key's ARN may not have been known before
    value = json.dumps(setting.value) if setting.key == "Policy" else setting.value
    getattr(account.client("s3"), f"put_{call}")(**{setting.key: value}, **own)


def _is_there(account: Account) -> bool:
    s3, name, region = account.client("s3"), account.shared.bucket, account.shared.region
    if all(each["Name"] != name for each in s3.list_buckets(Prefix=name)["Buckets"]):
        if _is_somebodys(s3, name):
            raise taken(name, account.shared.account)
        return False
    place = s3.get_bucket_location(Bucket=name, ExpectedBucketOwner=account.shared.account)["LocationConstraint"]
    if (place or HOME) != region:
        raise OperationError(
            f"The bucket {name} is in {place or HOME}, not in {region}.",
            "Nothing was changed: Pulumi would look for the state in the wrong region.",
            f"If it is empty: aws s3 rb s3://{name} --region {place or HOME}; it is then made again in {region}.",
        )
    return True


def _is_somebodys(s3: Any, name: str) -> bool:
    try:
        s3.head_bucket(Bucket=name)
    except ClientError as error:
        # The answer has no body, and so the error no other code than the status.
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status not in (301, 403, 404):
            raise
        return bool(status != 404)
    return True


def taken(name: str, account: str) -> OperationError:
    """The error for a name that another account has."""
    return OperationError(
        f"The bucket {name} belongs to another account than {account}.",
        "The state was not put there, and nothing was changed: whoever owns a bucket reads what is in it.",
        "See that you are in the account that you mean: aws sts get-caller-identity. If you are, somebody took your "
        "account's name: change BUCKET in infra/aws/shared.py, and tell AWS.",
    )

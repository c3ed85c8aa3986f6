"""S3: what is set on a bucket, each setting a resource of its own whose id is the bucket's name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates
from rehearsal.aws.inputs import Inputs


class Setting(Emulation):
    """Put on a bucket by one call, and taken off by another."""

    def create(self) -> str:
        bucket = str(self.given.get("bucket"))
        self.put(bucket)
        return bucket

    def put(self, bucket: str) -> None:
        raise NotImplementedError


@emulates("aws:s3/bucketPolicy:BucketPolicy")
class Policy(Setting):
    def put(self, bucket: str) -> None:
        self.aws("s3").put_bucket_policy(Bucket=bucket, **self.given.pick(Policy="policy"))

    def read(self, identity: str) -> dict[str, Any]:
        return {"bucket": identity, "policy": self.aws("s3").get_bucket_policy(Bucket=identity)["Policy"]}

    def delete(self, identity: str) -> None:
        self.aws("s3").delete_bucket_policy(Bucket=identity)


@emulates("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
class PublicAccessBlock(Setting):
    FOUR: ClassVar = {
        "BlockPublicAcls": "blockPublicAcls",
        "BlockPublicPolicy": "blockPublicPolicy",
        "IgnorePublicAcls": "ignorePublicAcls",
        "RestrictPublicBuckets": "restrictPublicBuckets",
    }

    def put(self, bucket: str) -> None:
        self.aws("s3").put_public_access_block(
            Bucket=bucket, PublicAccessBlockConfiguration=self.given.pick(**self.FOUR)
        )

    def read(self, identity: str) -> dict[str, Any]:
        found = self.aws("s3").get_public_access_block(Bucket=identity)["PublicAccessBlockConfiguration"]
        return {"bucket": identity, **{name: found[parameter] for parameter, name in self.FOUR.items()}}

    def delete(self, identity: str) -> None:
        self.aws("s3").delete_public_access_block(Bucket=identity)


@emulates("aws:s3/bucketOwnershipControls:BucketOwnershipControls")
class OwnershipControls(Setting):
    def put(self, bucket: str) -> None:
        rule = self.given.part("rule").pick(ObjectOwnership="objectOwnership")
        self.aws("s3").put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [rule]})

    def read(self, identity: str) -> dict[str, Any]:
        found = self.aws("s3").get_bucket_ownership_controls(Bucket=identity)["OwnershipControls"]["Rules"][0]
        return {"bucket": identity, "rule": {"objectOwnership": found["ObjectOwnership"]}}

    def delete(self, identity: str) -> None:
        self.aws("s3").delete_bucket_ownership_controls(Bucket=identity)


@emulates("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
class Encryption(Setting):
    def put(self, bucket: str) -> None:
        rules = [_encryption(rule) for rule in self.given.parts("rules")]
        self.aws("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})

    def read(self, identity: str) -> dict[str, Any]:
        self.aws("s3").get_bucket_encryption(Bucket=identity)
        return {"bucket": identity}

    def delete(self, identity: str) -> None:
        self.aws("s3").delete_bucket_encryption(Bucket=identity)


@emulates("aws:s3/bucketVersioning:BucketVersioning")
class Versioning(Setting):
    def put(self, bucket: str) -> None:
        given = self.given.part("versioningConfiguration").pick(Status="status", MFADelete="mfaDelete")
        self.aws("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration=given)

    def read(self, identity: str) -> dict[str, Any]:
        found = self.aws("s3").get_bucket_versioning(Bucket=identity)
        return {"bucket": identity, "versioningConfiguration": {"status": found["Status"]}}

    def delete(self, identity: str) -> None:
        """Left as it is: AWS suspends no versioning of a locked bucket, and the bucket goes next."""


@emulates("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
class Lifecycle(Setting):
    def put(self, bucket: str) -> None:
        rules = [_lifecycle(rule) for rule in self.given.parts("rules")]
        self.aws("s3").put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})

    def read(self, identity: str) -> dict[str, Any]:
        self.aws("s3").get_bucket_lifecycle_configuration(Bucket=identity)
        return {"bucket": identity}

    def delete(self, identity: str) -> None:
        self.aws("s3").delete_bucket_lifecycle(Bucket=identity)


@emulates("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
class ObjectLock(Setting):
    def put(self, bucket: str) -> None:
        retention = self.given.part("rule").part("defaultRetention")
        default = retention.pick(Mode="mode", Days="days", Years="years")
        self._put(bucket, {"Rule": {"DefaultRetention": default}})

    def read(self, identity: str) -> dict[str, Any]:
        found = self.aws("s3").get_object_lock_configuration(Bucket=identity)["ObjectLockConfiguration"]
        return {"bucket": identity, "objectLockEnabled": found["ObjectLockEnabled"]}

    def delete(self, identity: str) -> None:
        """New objects are locked no more; the bucket itself stays one that can lock."""
        self._put(identity, {})

    def _put(self, bucket: str, rule: dict[str, Any]) -> None:
        configuration = {"ObjectLockEnabled": self.given.get("objectLockEnabled", "Enabled"), **rule}
        self.aws("s3").put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)


@emulates("aws:s3/bucketLogging:BucketLogging")
class Logging(Setting):
    def put(self, bucket: str) -> None:
        target = self.given.pick(TargetBucket="targetBucket", TargetPrefix="targetPrefix")
        with self._plain_policy(target["TargetBucket"]):
            self.aws("s3").put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": target})

    @contextmanager
    def _plain_policy(self, bucket: str) -> Iterator[None]:
        """The same policy in other words, for as long as moto looks whether logs may be delivered to a bucket.

        moto 5.2.5 falls over a principal that is no mapping, and takes a list of one resource for none.
        """
        s3 = self.aws("s3")
        policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
        document = json.loads(policy)
        for statement in document["Statement"]:
            if statement.get("Principal") == "*":
                statement["Principal"] = {"AWS": "*"}
            if len(statement["Resource"]) == 1:
                (statement["Resource"],) = statement["Resource"]
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
        try:
            yield
        finally:
            s3.put_bucket_policy(Bucket=bucket, Policy=policy)

    def read(self, identity: str) -> dict[str, Any]:
        found = self.aws("s3").get_bucket_logging(Bucket=identity)["LoggingEnabled"]
        return {"bucket": identity, "targetBucket": found["TargetBucket"], "targetPrefix": found["TargetPrefix"]}

    def delete(self, identity: str) -> None:
        self.aws("s3").put_bucket_logging(Bucket=identity, BucketLoggingStatus={})


def _encryption(rule: Inputs) -> dict[str, Any]:
    default = rule.part("applyServerSideEncryptionByDefault")
    return {
        "ApplyServerSideEncryptionByDefault": default.pick(
            SSEAlgorithm="sseAlgorithm", KMSMasterKeyID="kmsMasterKeyId"
        ),
        **rule.pick(BucketKeyEnabled="bucketKeyEnabled"),
    }


def _lifecycle(rule: Inputs) -> dict[str, Any]:
    expiration = rule.part("expiration")
    blocks = {
        "Expiration": expiration.pick(Days="days", Date="date", ExpiredObjectDeleteMarker="expiredObjectDeleteMarker"),
        "NoncurrentVersionExpiration": rule.part("noncurrentVersionExpiration").pick(
            NoncurrentDays="noncurrentDays", NewerNoncurrentVersions="newerNoncurrentVersions"
        ),
        "AbortIncompleteMultipartUpload": rule.part("abortIncompleteMultipartUpload").pick(
            DaysAfterInitiation="daysAfterInitiation"
        ),
    }
    return {
        **rule.pick(ID="id", Status="status"),
        "Filter": rule.part("filter").pick(Prefix="prefix") or {"Prefix": ""},  # all objects
        **{name: block for name, block in blocks.items() if block},
    }

"""S3: buckets."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates, tags_all

HOME = "us-east-1"
"""The one region that a bucket's location must not name."""


@emulates("aws:s3/bucket:Bucket")
class Bucket(Emulation):
    unsent: ClassVar = {"forceDestroy": "says how to delete: True deletes the objects first"}

    def create(self) -> str:
        name = str(self.given.get("bucket") or self.physical(63))
        where = {} if self.aws.region == HOME else {"LocationConstraint": self.aws.region}
        self.aws("s3").create_bucket(
            Bucket=name,
            **({"CreateBucketConfiguration": where} if where else {}),
            **self.given.pick(ObjectLockEnabledForBucket="objectLockEnabled"),
        )
        return name

    def configure(self, identity: str) -> None:
        if tags := self.given.tags():
            self.aws("s3").put_bucket_tagging(Bucket=identity, Tagging={"TagSet": tags})

    def read(self, identity: str) -> dict[str, Any]:
        s3 = self.aws("s3")
        region = s3.get_bucket_location(Bucket=identity)["LocationConstraint"] or HOME
        tags = s3.get_bucket_tagging(Bucket=identity)["TagSet"] if self.given.tags() else []
        return {
            "bucket": identity,
            "arn": f"arn:{self.aws.partition}:s3:::{identity}",
            "bucketDomainName": f"{identity}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{identity}.s3.{region}.amazonaws.com",
            "region": region,
            **tags_all(tags),
        }

    def unprotect(self, identity: str) -> None:
        """Empty it: AWS deletes no bucket that holds something."""
        s3 = self.aws("s3")
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=identity):
            for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(
                    Bucket=identity,
                    Key=version["Key"],
                    VersionId=version["VersionId"],
                    BypassGovernanceRetention=True,
                )

    def delete(self, identity: str) -> None:
        if self.given.get("forceDestroy"):
            self.unprotect(identity)
        self.aws("s3").delete_bucket(Bucket=identity)

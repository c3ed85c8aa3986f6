"""A private, encrypted, versioned bucket."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.aws import policies
from infra.settings import Settings

Purpose = Literal["artifacts", "backups", "logs"]
OLD_VERSIONS_DAYS = 30
# So long nobody destroys a new object of backups without the right to bypass the lock. That covers what pgBackRest
# keeps (three weekly full backups). What it deletes becomes an old version, whose days begin only then: a lock that
# lasts no longer is always over when the lifecycle removes it.
LOCK_DAYS = 30
ACCESS_LOGS_DAYS = 365


@dataclass(frozen=True)
class BucketArgs:
    """`key_arn`: the key that its objects are encrypted with. `logs`: the bucket that its access logs go to.

    S3 may refuse to deliver logs where its own service is not admitted yet: give it that bucket's `open_name`.
    """

    settings: Settings
    purpose: Purpose
    key_arn: pulumi.Input[str]
    logs: pulumi.Input[str] | None = None


class Bucket(pulumi.ComponentResource):
    """`name` and `arn` of the bucket. `open_name`: the name, known once whoever its policy admits may come."""

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = naming.name(name, args.purpose)
        super().__init__("shoestring:aws:Bucket", title, None, opts)
        settings = args.settings
        child = pulumi.ResourceOptions(parent=self)
        locked = settings.prod and args.purpose == "backups"
        self.bucket = aws.s3.Bucket(
            title,
            object_lock_enabled=locked,  # only a new bucket can be given it
            force_destroy=not settings.deletion_protection,
            tags=naming.tags(settings, title),
            opts=pulumi.ResourceOptions(parent=self, protect=settings.deletion_protection),
        )
        self.name, self.arn = self.bucket.id, self.bucket.arn
        self.block = aws.s3.BucketPublicAccessBlock(
            title,
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        self.ownership = aws.s3.BucketOwnershipControls(
            title, bucket=self.name, rule={"object_ownership": "BucketOwnerEnforced"}, opts=child
        )
        self.policy = aws.s3.BucketPolicy(title, bucket=self.name, policy=self._policy(args), opts=child)
        self.open_name = pulumi.Output.all(self.name, self.policy.id).apply(lambda both: str(both[0]))
        self.encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            title, bucket=self.name, rules=[_encryption(args)], opts=child
        )
        self.versioning = aws.s3.BucketVersioning(
            title, bucket=self.name, versioning_configuration={"status": "Enabled"}, opts=child
        )
        versioned = pulumi.ResourceOptions(parent=self, depends_on=[self.versioning])
        self.lifecycle = aws.s3.BucketLifecycleConfiguration(
            title, bucket=self.name, rules=_lifecycle(args.purpose), opts=versioned
        )
        if locked:
            self.lock = aws.s3.BucketObjectLockConfiguration(
                title,
                bucket=self.name,
                rule={"default_retention": {"mode": "GOVERNANCE", "days": LOCK_DAYS}},
                opts=versioned,
            )
        if args.logs is not None:
            self.logging = aws.s3.BucketLogging(
                title, bucket=self.name, target_bucket=args.logs, target_prefix=f"{args.purpose}/", opts=child
            )
        self.register_outputs({})

    def _policy(self, args: BucketArgs) -> pulumi.Output[str]:
        if args.purpose != "logs":
            return self.arn.apply(lambda arn: json.dumps(policies.bucket(arn)))
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        environment = args.settings.environment
        return pulumi.Output.all(self.arn, account).apply(
            lambda both: json.dumps(policies.logs_bucket(both[0], both[1], environment))
        )


def _encryption(args: BucketArgs) -> aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict:
    if args.purpose == "logs":
        # S3's own log delivery writes to no bucket whose default is a KMS key.
        return {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}
    return {
        "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": args.key_arn},
        "bucket_key_enabled": True,  # one call to KMS for many objects: WAL comes every 45 s
    }


def _lifecycle(purpose: Purpose) -> list[aws.s3.BucketLifecycleConfigurationRuleArgsDict]:
    rule: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": "old-versions",
        "status": "Enabled",
        "filter": {},
        "noncurrent_version_expiration": {"noncurrent_days": OLD_VERSIONS_DAYS},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    }
    # A marker without versions behind it is litter; S3 removes it by itself where objects expire.
    rule["expiration"] = {"days": ACCESS_LOGS_DAYS} if purpose == "logs" else {"expired_object_delete_marker": True}
    return [rule]

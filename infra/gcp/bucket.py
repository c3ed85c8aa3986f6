"""A private, encrypted, versioned bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_gcp as gcp

from infra import naming
from infra.settings_clouds import Gcp

Purpose = Literal["artifacts", "backups", "logs"]
DAY = 24 * 60 * 60
OLD_VERSIONS_DAYS = 30
# What is deleted, old versions too, can be had back for so long, whoever deleted it. A retention policy would forbid
# pgBackRest to replace backup.info: "objects can only be deleted or replaced once their age is greater than the
# retention period" (cloud.google.com/storage/docs/bucket-lock).
KEPT_DAYS, KEPT_BACKUPS_DAYS = 7, 30
ACCESS_LOGS_DAYS = 365
LOG_WRITER = "group:cloud-storage-analytics@google.com"
"""Who delivers access logs, says cloud.google.com/storage/docs/access-logs."""


@dataclass(frozen=True)
class BucketArgs:
    """`key`: the id of the key that its objects are encrypted with. `logs`: the bucket that its access logs go to."""

    settings: Gcp
    purpose: Purpose
    key: pulumi.Input[str]
    logs: pulumi.Input[str] | None = None


class Bucket(pulumi.ComponentResource):
    """`name` of the bucket. `open_name`: the name, known once whoever may write into it may."""

    def __init__(self, name: str, args: BucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = naming.name(name, args.purpose)
        super().__init__("shoestring:gcp:Bucket", title, None, opts)
        settings = args.settings
        kept = KEPT_BACKUPS_DAYS if settings.prod and args.purpose == "backups" else KEPT_DAYS
        self.bucket = gcp.storage.Bucket(
            title,
            location=settings.region.upper(),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            encryption={"default_kms_key_name": args.key},
            versioning={"enabled": True},
            soft_delete_policy={"retention_duration_seconds": kept * DAY},
            lifecycle_rules=_lifecycle(args.purpose),
            logging={"log_bucket": args.logs, "log_object_prefix": args.purpose} if args.logs is not None else None,
            force_destroy=not settings.deletion_protection,
            labels=naming.labels(settings, title),
            opts=pulumi.ResourceOptions(parent=self, protect=settings.deletion_protection),
        )
        self.name = self.open_name = self.bucket.name
        if args.purpose == "logs":
            written = gcp.storage.BucketIAMMember(
                title,
                bucket=self.name,
                role="roles/storage.objectCreator",
                member=LOG_WRITER,
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.open_name = pulumi.Output.all(self.name, written.id).apply(lambda both: str(both[0]))
        self.register_outputs({})


def _lifecycle(purpose: Purpose) -> list[gcp.storage.BucketLifecycleRuleArgsDict]:
    old: gcp.storage.BucketLifecycleRuleArgsDict = {
        "action": {"type": "Delete"},
        "condition": {"days_since_noncurrent_time": OLD_VERSIONS_DAYS, "with_state": "ARCHIVED"},
    }
    torn: gcp.storage.BucketLifecycleRuleArgsDict = {
        "action": {"type": "AbortIncompleteMultipartUpload"},
        "condition": {"age": 7},
    }
    read: gcp.storage.BucketLifecycleRuleArgsDict = {
        "action": {"type": "Delete"},
        "condition": {"age": ACCESS_LOGS_DAYS},
    }
    return [old, torn, read] if purpose == "logs" else [old, torn]

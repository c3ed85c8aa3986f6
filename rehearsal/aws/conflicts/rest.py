"""S3, KMS, CloudWatch Logs, IAM and Budgets."""

from __future__ import annotations

import json
import re

from rehearsal.aws.conflicts.rule import Conflict, Parameters, none_of, outside, stated, unlike

RESERVED = r"(?!xn--|sthree-|amzn-s3-demo-|(?:\d+\.){3}\d+$)(?!.*(?:\.\.|-s3alias$|--ol-s3$))"
BUCKET = rf"{RESERVED}[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9]"
BUCKETS = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
QUOTAS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
ALIAS = "alias/(?!aws/).+"
RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
MOST_SUBSCRIBERS = {"EMAIL": 10, "SNS": 1}
ADMITS = {"kms:*", "kms:Put*", "kms:PutKeyPolicy"}


def _locks_out(call: Parameters) -> bool:
    """No statement lets a principal of an account, who a service is not, change the key's policy again."""
    if "Policy" not in call or call.get("BypassPolicyLockoutSafetyCheck"):
        return False
    return not any(map(_admits, json.loads(call["Policy"])["Statement"]))


def _admits(statement: Parameters) -> bool:
    actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
    return bool(statement["Effect"] == "Allow" and "AWS" in statement["Principal"] and ADMITS & set(actions))


def _long(name: str, most: int) -> Conflict:
    def breaks(call: Parameters) -> bool:
        return len(re.sub(r"\s", "", call.get(name, ""))) > most  # IAM counts no white space

    return Conflict(name, f"has more than {most} characters", QUOTAS, breaks)


def _crowded(notification: Parameters) -> bool:
    kinds = [one["SubscriptionType"] for one in notification["Subscribers"]]
    return any(kinds.count(kind) > most for kind, most in MOST_SUBSCRIBERS.items())


_default = stated(
    "s3",
    "ServerSideEncryptionByDefault",
    "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault",
)

TABLE = {
    "CreateBucket": [Conflict("Bucket", "is no name that a bucket may have", BUCKETS, unlike("Bucket", BUCKET))],
    "PutBucketLifecycleConfiguration": [
        stated("s3", "LifecycleExpiration", "LifecycleConfiguration.Rules[].Expiration")(
            "ExpiredObjectDeleteMarker",
            "excludes Days and Date",
            lambda rule: "ExpiredObjectDeleteMarker" in rule and bool({"Days", "Date"} & set(rule)),
        )
    ],
    "PutObjectLockConfiguration": [
        Conflict(
            "Days",
            "or Years: not exactly one is given",
            "s3 ObjectLockRule.DefaultRetention",
            lambda retention: ("Days" in retention) is ("Years" in retention),
            "ObjectLockConfiguration.Rule.DefaultRetention",
        )
    ],
    "PutBucketEncryption": [
        _default(
            "KMSMasterKeyID",
            "goes with aws:kms and aws:kms:dsse only",
            lambda default: "KMSMasterKeyID" in default and not default["SSEAlgorithm"].startswith("aws:kms"),
        )
    ],
    "CreateKey": [stated("kms", "CreateKeyRequest")("Policy", "lets nobody change it again", _locks_out)],
    "CreateAlias": [
        stated("kms", "CreateAliasRequest")("AliasName", f"does not match {ALIAS}", unlike("AliasName", ALIAS))
    ],
    "ScheduleKeyDeletion": [
        stated("kms", "ScheduleKeyDeletionRequest")(
            "PendingWindowInDays", "is not within 7 to 30", outside("PendingWindowInDays", 7, 30)
        )
    ],
    "PutRetentionPolicy": [
        stated("logs", "PutRetentionPolicyRequest")(
            "retentionInDays",
            f"is none of {', '.join(map(str, RETENTIONS))}",
            none_of("retentionInDays", *RETENTIONS),
        )
    ],
    "CreateRole": [_long("AssumeRolePolicyDocument", 2048)],
    "PutRolePolicy": [_long("PolicyDocument", 10240)],
    "CreateBudget": [
        Conflict(
            "Subscribers",
            "has more than ten addresses or one topic",
            "budgets CreateBudgetRequest.NotificationsWithSubscribers",
            _crowded,
            "NotificationsWithSubscribers[]",
        )
    ],
}

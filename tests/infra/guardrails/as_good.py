"""Changes that make nothing worse: what is refused besides, and the last value that a limit allows."""

from __future__ import annotations

from typing import Any

from tests.infra.guardrails.spoilt import Spoilt

DEV, PROD = "aws-dev", "aws-prod"
DENY = {"Effect": "Deny", "Action": "*", "Resource": "*"}
DENY_ALL = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
RULES = "rules/0"


def good(stack: str, what: str, at: str, to: Any) -> Spoilt:
    return Spoilt(stack, what, at, to, "", "")


AS_GOOD = {
    "a role that may not": good(DEV, "iam/rolePolicy database-proxy-service", "policy/Statement/-", DENY),
    "a trust in nobody": good(
        PROD, "iam/role aws-prod-service", "assumeRolePolicy/Statement/-", {**DENY_ALL, "Action": "sts:AssumeRole"}
    ),
    "a key that refuses": good(DEV, "kms/key data", "policy/Statement/-", {**DENY_ALL, "Action": "kms:*"}),
    "a bucket that refuses more": good(DEV, "s3/bucketPolicy backups", "policy/Statement/-", DENY_ALL),
    "an endpoint that refuses more": good(DEV, "ec2/vpcEndpoint s3", "policy/Statement/-", DENY_ALL),
    "a key gone in two weeks": good(DEV, "kms/key data", "deletionWindowInDays", 14),
    "a key for 90 days": good(DEV, "kms/key data", "rotationPeriodInDays", 90),
    "old versions for a year": good(
        DEV,
        "s3/bucketLifecycleConfiguration backups",
        f"{RULES}/noncurrentVersionExpiration/noncurrentDays",
        365,
    ),
    "parts for a day": good(
        DEV,
        "s3/bucketLifecycleConfiguration backups",
        f"{RULES}/abortIncompleteMultipartUpload/daysAfterInitiation",
        1,
    ),
    "another rule about parts": good(
        DEV,
        "s3/bucketLifecycleConfiguration backups",
        "rules/-",
        {"id": "x", "status": "Enabled", "filter": {}, "abortIncompleteMultipartUpload": {"daysAfterInitiation": 3}},
    ),
    "logs for 90 days": good(PROD, "s3/bucketLifecycleConfiguration logs", f"{RULES}/expiration/days", 90),
    "a lock for three weeks": good(PROD, "s3/bucketObjectLockConfiguration backups", "rule/defaultRetention/days", 21),
    "a lock for good": good(
        PROD, "s3/bucketObjectLockConfiguration backups", "rule/defaultRetention/mode", "COMPLIANCE"
    ),
    "backups for a week": good(PROD, "rds/instance database", "backupRetentionPeriod", 7),
    "a database that may not grow": good(PROD, "rds/instance database", "maxAllocatedStorage", 0),
    "TLS 1.3 only": good(PROD, "rds/parameterGroup database", "parameters/1/value", "TLSv1.3"),
    "flow logs for 30 days": good(PROD, "cloudwatch/logGroup flow", "retentionInDays", 30),
    "a letter at 100%": good(DEV, "budgets/budget month", "notifications/0/threshold", 100),
    "a lower budget": good(DEV, "budgets/budget month", "limitAmount", "1.00"),
    "a word of explanation": good(DEV, "ec2/securityGroup tunnel", "description", "users"),
    "stops when it shuts down": good(DEV, "ec2/instance solo", "instanceInitiatedShutdownBehavior", "stop"),
    "a file in its user data": good(DEV, "ec2/instance solo", "userData/write_files", [{"path": "/etc/x"}]),
    "another machine of the sizes": good(DEV, "ec2/instance solo", "instanceType", "t3a.medium"),
    "another kind of disk": good(DEV, "ec2/instance solo", "rootBlockDevice/volumeType", "gp2"),
}

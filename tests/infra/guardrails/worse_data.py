"""Buckets and databases that somebody made worse."""

from __future__ import annotations

from typing import Any

from tests.infra.guardrails.spoilt import Case, Removed, Spoilt, Unprotected

DEV, PROD = "aws-dev", "aws-prod"
ALL = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
ROOT = "arn:aws:iam::999999999999:root"
STRANGER = {**ALL, "Principal": {"AWS": ROOT}}
PREFIX = {"id": "x", "status": "Enabled", "filter": {"prefix": "wal/"}}
LIFECYCLE = "s3/bucketLifecycleConfiguration"
ENCRYPTED = "rules/0/applyServerSideEncryptionByDefault"

BUCKETS: dict[str, Case] = {
    "everybody reads": Spoilt(DEV, "s3/bucketPolicy backups", "policy/Statement/-", ALL, "s3-no-strangers", "to * *"),
    "another account reads": Spoilt(
        DEV, "s3/bucketPolicy backups", "policy/Statement/-", STRANGER, "s3-no-strangers", f"to AWS {ROOT}"
    ),
    "every service delivers logs": Spoilt(
        PROD, "s3/bucketPolicy logs", "policy/Statement/2/Principal", {"Service": "*"}, "s3-no-strangers", "Service *"
    ),
    "the log service does everything": Spoilt(
        PROD, "s3/bucketPolicy logs", "policy/Statement/2/Action", "s3:*", "s3-no-strangers", "named actions"
    ),
    "a policy that is none": Spoilt(
        DEV, "s3/bucketPolicy backups", "policy", "{", "s3-no-strangers s3-tls-only s3-tls-version", "can't be read"
    ),
    "TLS where one likes": Spoilt(
        DEV,
        "s3/bucketPolicy backups",
        "policy/Statement/0/Condition/StringEquals",
        {"aws:PrincipalAccount": "1"},
        "s3-tls-only",
        "refuses requests without TLS",
    ),
    "TLS for one account": Spoilt(
        DEV, "s3/bucketPolicy backups", "policy/Statement/0/Principal", {"AWS": ROOT}, "s3-tls-only", "without TLS"
    ),
    "old TLS": Spoilt(
        DEV,
        "s3/bucketPolicy backups",
        "policy/Statement/1/Condition/NumericLessThan/s3:TlsVersion",
        "1.0",
        "s3-tls-version",
        "TLS before 1.2",
    ),
    "another's policy": Spoilt(
        DEV,
        "s3/bucketPolicy backups",
        "policy/Statement/0/Resource",
        ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        "s3-tls-only s3-tls-version",
        "without TLS",
        {"policy": "s3/bucket artifacts"},
    ),
    "ACLs": Spoilt(
        DEV, "s3/bucketOwnershipControls backups", "rule/objectOwnership", "ObjectWriter", "s3-no-acls", "ObjectWriter"
    ),
    "S3's key": Spoilt(
        DEV,
        "s3/bucketServerSideEncryptionConfiguration backups",
        f"{ENCRYPTED}/sseAlgorithm",
        "AES256",
        "s3-own-key",
        "aws:kms",
    ),
    "AWS's key": Spoilt(
        DEV,
        "s3/bucketServerSideEncryptionConfiguration backups",
        f"{ENCRYPTED}/kmsMasterKeyId",
        "alias/aws/s3",
        "s3-own-key",
        "no key of the environment",
        {"rules": ""},
    ),
    "versions off": Spoilt(
        DEV, "s3/bucketVersioning backups", "versioningConfiguration/status", "Suspended", "s3-versioned", "Suspended"
    ),
    "versions for a day": Spoilt(
        DEV, f"{LIFECYCLE} backups", "rules/0/noncurrentVersionExpiration/noncurrentDays", 1, "s3-lifecycle", "kept"
    ),
    "versions for three years": Spoilt(
        DEV, f"{LIFECYCLE} backups", "rules/0/noncurrentVersionExpiration/noncurrentDays", 999, "s3-lifecycle", "kept"
    ),
    "versions of some for a day": Spoilt(
        DEV,
        f"{LIFECYCLE} backups",
        "rules/-",
        PREFIX | {"noncurrentVersionExpiration": {"noncurrentDays": 1}},
        "s3-lifecycle",
        "kept",
    ),
    "backups that end": Spoilt(
        DEV, f"{LIFECYCLE} backups", "rules/-", PREFIX | {"expiration": {"days": 7}}, "s3-lifecycle", "are in use"
    ),
    "parts for a month": Spoilt(
        DEV,
        f"{LIFECYCLE} backups",
        "rules/0/abortIncompleteMultipartUpload/daysAfterInitiation",
        30,
        "s3-lifecycle",
        "broke off",
    ),
    "logs for a month": Spoilt(
        PROD, f"{LIFECYCLE} logs", "rules/0/expiration/days", 30, "s3-lifecycle", "logs are kept"
    ),
    "a lock for a day": Spoilt(
        PROD, "s3/bucketObjectLockConfiguration backups", "rule/defaultRetention/days", 1, "s3-locked-backups", "21"
    ),
    "logs into itself": Spoilt(
        PROD,
        "s3/bucketLogging backups",
        "targetBucket",
        "itself",
        "s3-access-logs",
        "who read it",
        {"targetBucket": "s3/bucket backups"},
    ),
    "no backups": Removed(DEV, "s3/bucket backups", "s3-backups", "no bucket aws-dev-backups"),
    "no key": Removed(DEV, "kms/key data", "ebs-encrypted ec2-encrypted-disks s3-own-key", "own KMS key"),
    "no block": Removed(DEV, "s3/bucketPublicAccessBlock backups", "s3-no-public-access", "aws-dev-backups: it has no"),
    "a block of nothing": Spoilt(
        DEV, "s3/bucketPublicAccessBlock backups", "bucket", "", "s3-no-public-access", "it has no"
    ),
    "no ownership": Removed(DEV, "s3/bucketOwnershipControls artifacts", "s3-no-acls", "BucketOwnershipControls"),
    "no policy": Removed(DEV, "s3/bucketPolicy backups", "s3-tls-only s3-tls-version", "BucketPolicy"),
    "no encryption": Removed(DEV, "s3/bucketServerSideEncryptionConfiguration backups", "s3-own-key", "Encryption"),
    "no versions": Removed(DEV, "s3/bucketVersioning backups", "s3-versioned", "BucketVersioning"),
    "no lifecycle": Removed(DEV, f"{LIFECYCLE} backups", "s3-lifecycle", "BucketLifecycle"),
    "no lock": Removed(PROD, "s3/bucketObjectLockConfiguration backups", "s3-locked-backups", "can be destroyed"),
    "no access logs": Removed(PROD, "s3/bucketLogging artifacts", "s3-access-logs", "who read it"),
    "a bucket unprotected": Unprotected(DEV, "s3/bucket backups"),
    "a volume unprotected": Unprotected(DEV, "ebs/volume database"),
    "a key unprotected": Unprotected(DEV, "kms/key data"),
    "a database unprotected": Unprotected(PROD, "rds/instance database"),
}


def rds(at: str, to: Any, rules: str, says: str, **references: str) -> Spoilt:
    return Spoilt(PROD, "rds/instance database", at, to, rules, says, references)


def parameter(index: int, to: str, rules: str) -> Spoilt:
    return Spoilt(PROD, "rds/parameterGroup database", f"parameters/{index}/value", to, rules, f'"{to}"')


DATABASES: dict[str, Case] = {
    "public subnets": Spoilt(
        PROD,
        "rds/subnetGroup database",
        "subnetIds",
        ["a"],
        "rds-private",
        "internet reaches",
        {"subnetIds": "ec2/subnet public-a"},
    ),
    "AWS's key on the disk": rds("kmsKeyId", "alias/aws/rds", "rds-encrypted", "own KMS key", kmsKeyId=""),
    "AWS's key on the secret": rds(
        "masterUserSecretKmsKeyId", "x", "rds-secret-own-key", "own KMS key", masterUserSecretKmsKeyId=""
    ),
    "TLS if one likes": parameter(0, "0", "rds-tls"),
    "TLS 1.1": parameter(1, "TLSv1.1", "rds-tls"),
    "MD5": parameter(2, "md5", "rds-scram"),
    "MD5 accepted": parameter(3, "md5+scram", "rds-scram"),
    "who came is not logged": parameter(4, "0", "rds-connections-logged"),
    "parameters of AWS": rds(
        "parameterGroupName",
        "default.postgres17",
        "rds-connections-logged rds-scram rds-tls",
        "rds.force_ssl",
        parameterGroupName="",
    ),
    "an old CA": rds("caCertIdentifier", "rds-ca-2019", "rds-ca", "rds-ca-2019"),
    "a password in the program": rds("password", "canary77", "rds-managed-password", "in the program"),
    "backups of a day": rds("backupRetentionPeriod", 1, "rds-backups", "7 days or more"),
    "no backups of a database": rds("backupRetentionPeriod", 0, "rds-backups", "7 days or more"),
    "no monitoring": rds("monitoringInterval", 0, "rds-monitoring", "monitoringInterval is 0"),
    "logs of upgrades only": rds("enabledCloudwatchLogsExports", ["upgrade"], "rds-logs", "postgresql"),
    "a dear database": rds("instanceClass", "db.r6g.16xlarge", "cost-database-types", "db.r6g.16xlarge"),
    "a disk without end": rds("maxAllocatedStorage", 65536, "cost-database-disk", "100 GiB"),
    "a large disk": rds("allocatedStorage", 300, "cost-database-disk", "100 GiB"),
    "a fast disk": rds("storageType", "io2", "cost-database-disk", "gp3"),
    "no last snapshot": rds("finalSnapshotIdentifier", "", "rds-not-deleted", "no name"),
}

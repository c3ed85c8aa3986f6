"""Every policy document of an environment on AWS, as plain dicts: who may do what with which of its resources."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

Document = dict[str, Any]
Statement = dict[str, Any]

# pgBackRest deletes what expired; in a versioned bucket that hides a version and destroys none. It may read hidden
# versions (its --repo-target-time does), and not delete them: who breaks into a host can't make its backups go away.
KEEP_BACKUPS = ("s3:DeleteObject", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject")
GROUPS_WITH_RIGHTS = frozenset({"database"})


def document(*statements: Statement) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(sid: str, actions: Collection[str], resources: list[str], **more: Any) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resources, **more}


def trust(service: str, account: str | None = None) -> Document:
    """Lets an AWS service act as a role, such as ec2.amazonaws.com; with `account`, only on that account's behalf."""
    statement: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if account:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": account}}
    return document(statement)


def key(account: str, region: str) -> Document:
    """Of the data key: the account's own IAM policies decide, and CloudWatch encrypts this account's logs with it."""
    logs = f"arn:aws:logs:{region}:{account}:*"
    return document(
        # Without this statement nobody could ever change the key again. It admits the account, not everybody in it:
        # each still needs a policy of its own.
        _allow("Account", ["kms:*"], ["*"], Principal={"AWS": f"arn:aws:iam::{account}:root"}),
        _allow(
            "Logs",
            ["kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            ["*"],  # in a key's policy: this key
            Principal={"Service": f"logs.{region}.amazonaws.com"},
            Condition={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": logs}},
        ),
    )


def bucket(arn: str) -> Document:
    """Of every bucket: nothing goes without TLS 1.2. What is allowed, the roles say."""
    refuse = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    return document(
        {"Sid": "OnlyTls", **refuse, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "NoOldTls", **refuse, "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}},
    )


def logs_bucket(arn: str, account: str, environment: str) -> Document:
    """Of the bucket with the access logs: as `bucket`, and S3 may put the logs of this environment's buckets there."""
    put = _allow(
        "AccessLogs",
        ["s3:PutObject"],
        [f"{arn}/*"],
        Principal={"Service": "logging.s3.amazonaws.com"},
        Condition={
            "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{environment}-*"},
            "StringEquals": {"aws:SourceAccount": account},
        },
    )
    return document(*bucket(arn)["Statement"], put)


def host(groups: Collection[str], backups: str, key_arn: str, region: str) -> Document:
    """What a host in `groups` may do, given the ARNs of a bucket and of the key: keep backups, or nothing at all.

    Models and other files of a release come by URLs that the controller signs (ops/build), with its rights.
    """
    if GROUPS_WITH_RIGHTS.isdisjoint(groups):
        return document()
    through = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
    return document(
        _allow("ListBackups", ["s3:ListBucket", "s3:ListBucketVersions"], [backups]),
        _allow("KeepBackups", KEEP_BACKUPS, [f"{backups}/*"]),
        _allow("KeyThroughS3", ["kms:Decrypt", "kms:GenerateDataKey"], [key_arn], Condition=through),
    )


# What hosts do with buckets. Who may do which of it, and with which bucket, say a host's role and, of a signed URL, the
# rights of the controller that signed it.
USE_BUCKETS = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)


def own_buckets(account: str) -> Document:
    """Of the network's way to S3: only what this account's principals ask or signed, and only of its own buckets.

    AWS wants everybody named as the principal of such an endpoint; the conditions take back who is not meant. Whoever
    broke into a host can't carry data out through it to a bucket of their own.
    """
    own = {"StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}}
    return document(_allow("OwnBuckets", USE_BUCKETS, ["*"], Principal="*", Condition=own))


def flow_trust(account: str, region: str) -> Document:
    """Lets VPC flow logs act as a role, on behalf of this account's networks only."""
    trusted = trust("vpc-flow-logs.amazonaws.com", account)
    logs = f"arn:aws:ec2:{region}:{account}:vpc-flow-log/*"
    trusted["Statement"][0]["Condition"]["ArnLike"] = {"aws:SourceArn": logs}
    return trusted


def flow_writes(group: str) -> Document:
    """Of the flow logs' role, given the ARN of their log group."""
    streams = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return document(_allow("Write", ["logs:DescribeLogGroups", *streams], [group, f"{group}:*"]))


def monitoring(account: str, region: str) -> Document:
    """Of RDS's enhanced monitoring, which writes to one log group an account: AWS's own policy, with less to hit."""
    group = f"arn:aws:logs:{region}:{account}:log-group:RDSOSMetrics"
    return document(
        _allow("Group", ["logs:CreateLogGroup", "logs:PutRetentionPolicy"], [group, f"{group}:*"]),
        _allow(
            "Streams",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:GetLogEvents", "logs:PutLogEvents"],
            [f"{group}:log-stream:*"],
        ),
    )

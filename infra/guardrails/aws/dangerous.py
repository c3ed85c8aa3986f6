"""Actions of AWS that no machine's role may have, by what they do. The groups are those that Cloudsplaining reports."""

from __future__ import annotations

# By which a role gets more rights than it was given.
ESCALATION = (
    "iam:AddUserToGroup", "iam:Attach*", "iam:Create*", "iam:PassRole", "iam:Put*", "iam:SetDefaultPolicyVersion",
    "iam:Update*", "iam:DeleteRolePermissionsBoundary", "iam:DetachRolePolicy", "iam:DeleteRolePolicy",
    "sts:AssumeRole", "kms:CreateGrant", "kms:PutKeyPolicy", "s3:PutBucketPolicy", "lambda:*", "cloudformation:*",
    "glue:*", "ssm:*", "ec2:RunInstances", "ec2:AssociateIamInstanceProfile",
    "ec2:ReplaceIamInstanceProfileAssociation", "ec2-instance-connect:*", "organizations:*", "sso:*",
)  # fmt: skip
# By which it gets hold of credentials.
CREDENTIALS = (
    "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "sts:GetFederationToken",
    "sts:GetSessionToken", "secretsmanager:GetSecretValue", "ssm:GetParameter*", "rds-db:connect",
    "ecr:GetAuthorizationToken", "ec2:GetPasswordData", "ec2:CreateKeyPair", "redshift:GetClusterCredentials",
    "rds:ModifyDBInstance",
)  # fmt: skip
# By which data leaves for where others read it.
EXFILTRATION = (
    "s3:PutBucketAcl", "s3:PutObjectAcl", "s3:PutBucketPublicAccessBlock", "s3:PutReplicationConfiguration",
    "s3:PutAccountPublicAccessBlock", "s3:ReplicateObject", "ec2:CreateSnapshot*", "ec2:ModifySnapshotAttribute",
    "rds:CopyDB*", "rds:CreateDBSnapshot", "rds:ModifyDBSnapshotAttribute", "rds:StartExportTask",
)  # fmt: skip
# By which what must stay is destroyed, or the trace of it.
DESTRUCTION = (
    "s3:DeleteBucket*", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention",
    "s3:PutBucketObjectLockConfiguration", "s3:PutBucketVersioning", "s3:PutLifecycleConfiguration",
    "s3:PutObjectRetention", "s3:PutObjectLegalHold", "kms:ScheduleKeyDeletion", "kms:DisableKey*",
    "logs:DeleteLogGroup", "logs:DeleteLogStream", "rds:Delete*", "cloudtrail:StopLogging",
    "cloudtrail:DeleteTrail", "ec2:DeleteFlowLogs", "ec2:Delete*", "ec2:TerminateInstances",
)  # fmt: skip
FORBIDDEN = {
    "gets it more rights": ESCALATION,
    "gets hold of credentials": CREDENTIALS,
    "sends data away": EXFILTRATION,
    "destroys what must stay": DESTRUCTION,
}

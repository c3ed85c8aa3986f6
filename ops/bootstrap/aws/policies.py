"""The policies of what an account's environments share: who may use it, and what nobody from GitHub can ever do.

Pure. IAM reads a negated operator (StringNotEquals) as true where the key is absent, which the denials build on.
"""

from __future__ import annotations

from typing import Any

from infra.aws import shared as names
from infra.aws.shared import Shared
from ops.bootstrap.aws import actions

Document = dict[str, Any]
Statement = dict[str, Any]

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
BRANCH = "refs/heads/main"  # what deploy.yml applies from


def document(*statements: Statement) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, what: list[str], resources: list[str], condition: Document | None = None) -> Statement:
    return _statement("Allow", sid, what, resources, condition)


def deny(sid: str, what: list[str], resources: list[str], condition: Document | None = None) -> Statement:
    return _statement("Deny", sid, what, resources, condition)


def _statement(effect: str, sid: str, what: list[str], resources: list[str], condition: Document | None) -> Statement:
    statement = {"Sid": sid, "Effect": effect, "Action": what, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def key(shared: Shared) -> Document:
    """The key's: the account's own policies say who may use it. In a key's policy `*` is that key."""
    account = {"AWS": f"arn:{shared.partition}:iam::{shared.account}:root"}
    return document(allow("TheAccountDecides", ["kms:*"], ["*"]) | {"Principal": account})


def bucket(shared: Shared) -> Document:
    """The bucket's: nothing without TLS 1.2. It allows nobody anything: the account's own policies do."""
    everything = [_bucket_arn(shared), f"{_bucket_arn(shared)}/*"]
    everybody = {"Principal": "*"}
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    old = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    return document(
        deny("OnlyTls", ["s3:*"], everything, plain) | everybody,
        deny("OnlyTls12", ["s3:*"], everything, old) | everybody,
    )


def trust(shared: Shared, repository: str, kind: str, environment: str) -> Document:
    """Who may take a role: `plan` the repository's pull requests, `apply` its jobs in the GitHub environment."""
    subject = "pull_request" if kind == "plan" else f"environment:{environment}"
    condition: Document = {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": f"repo:{repository}:{subject}"}}
    if kind == "apply":
        # A GitHub environment that nobody protected takes jobs of any branch. AWS reads this claim since 2026, not yet
        # in every partition; where it does not, the subject alone decides.
        condition["StringEqualsIfExists"] = {f"{ISSUER}:ref": BRANCH}
    statement = {
        "Sid": "GitHub",
        "Effect": "Allow",
        "Principal": {"Federated": provider(shared)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    return document(statement)


def provider(shared: Shared) -> str:
    """The ARN of the account's one provider for GitHub."""
    return f"arn:{shared.partition}:iam::{shared.account}:oidc-provider/{ISSUER}"


def boundary(shared: Shared) -> Document:
    """The most that GitHub's roles, and the roles that they make, can ever do, whatever else they are given.

    The first statement gives nothing, it only leaves room. IAM is let in by name: no users, keys, groups, providers.
    """
    services = ("budgets", "ec2", "kms", "logs", "rds", "route53", "s3", "secretsmanager")
    room = [*(f"{service}:*" for service in services), "ec2-instance-connect:OpenTunnel", "tag:GetResources"]
    room += [*actions.of("iam"), *(action for action in actions.READS if action.startswith("iam:"))]
    iam = f"arn:{shared.partition}:iam::{shared.account}"
    kms = f"arn:{shared.partition}:kms:*:{shared.account}"
    buckets = f"arn:{shared.partition}:s3:::{names.BUCKET}-{shared.account}-*"
    unbound = {"StringNotEquals": {"iam:PermissionsBoundary": shared.boundary}}
    state_key = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": names.ALIAS}}
    return document(
        allow("Room", room, ["*"]),
        deny("NoUsersAndKeys", ["iam:*User*", "iam:*AccessKey*", "iam:*LoginProfile*", "iam:*Group*"], ["*"]),
        deny("NoOtherWayIn", ["iam:*OpenIDConnectProvider*", "iam:*SAMLProvider*", "iam:*Credential*"], ["*"]),
        deny("NoRoleWithoutBoundary", GRANTS, ["*"], unbound),
        deny("TheBoundaryStays", ["iam:DeleteRolePermissionsBoundary"], ["*"]),
        deny("ItsTextToo", OF_A_POLICY, [shared.boundary]),
        deny("NotTheRolesOfGitHub", OF_A_ROLE, [f"{iam}:role{names.PATH}*"]),
        deny("TheStateIsKept", PROTECTION, [buckets, f"{buckets}/*"]),
        deny("TheStateKeyIsKept", KEY_PROTECTION, [f"{kms}:key/*"], state_key),
        deny("AndItsName", ["kms:*Alias"], [f"{kms}:{names.ALIAS}"]),
    )


# IAM tells the boundary of the role in question (iam:PermissionsBoundary) for these actions only.
GRANTS = [f"iam:{name}" for name in ("CreateRole", "PutRolePermissionsBoundary", "AttachRolePolicy", "PutRolePolicy")]
OF_A_POLICY = ["iam:CreatePolicy*", "iam:DeletePolicy*", "iam:SetDefaultPolicyVersion"]
OF_A_ROLE = [
    f"iam:{name}"
    for name in ("AttachRole*", "CreateRole", "DeleteRole*", "DetachRole*", "PassRole", "PutRole*", "TagRole")
] + ["iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole*"]
# What Pulumi needs there is to get, put and delete objects; an object that it deletes stays as a version.
PROTECTION = [
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket*",
    "s3:DeleteObjectVersion*",
    "s3:PutAccelerateConfiguration",
    "s3:PutBucket*",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutObjectAcl",
    "s3:PutObjectVersionAcl",
    "s3:PutReplicationConfiguration",
]
KEY_PROTECTION = [
    f"kms:{name}"
    for name in (
        "CreateGrant",
        "DeleteImportedKeyMaterial",
        "DisableKey",
        "DisableKeyRotation",
        "PutKeyPolicy",
        "ReplicateKey",
        "ScheduleKeyDeletion",
        "TagResource",
        "UntagResource",
        "*Alias",
    )
]


def _bucket_arn(shared: Shared) -> str:
    return f"arn:{shared.partition}:s3:::{shared.bucket}"

"""Roles and keys that somebody made worse."""

from __future__ import annotations

from typing import Any

from tests.infra.guardrails.spoilt import Added, Case, Spoilt

DEV, PROD = "aws-dev", "aws-prod"
ROOT = "arn:aws:iam::999999999999:root"
OWN = "arn:aws:logs:eu-central-1:123456789012:*"
ROLE = "iam/rolePolicy database-proxy-service"  # the one kind of host with rights
TRUST = "iam/role database-proxy-service"


def allow(action: Any = "s3:GetObject", resource: Any = "arn:aws:s3:::b/*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def role(at: str, to: Any, rules: str, says: str, what: str = ROLE) -> Spoilt:
    return Spoilt(DEV, what, at, to, rules, says)


IDENTITIES: dict[str, Case] = {
    "everything": role(
        "policy/Statement/-", allow("*", "*"), "iam-named-actions iam-named-resources iam-nothing-dangerous", "may do *"
    ),
    "all of S3": role(
        "policy/Statement/-", allow("s3:*"), "iam-named-actions iam-nothing-dangerous", "destroys what must stay"
    ),
    "every bucket": role("policy/Statement/-", allow(resource="*"), "iam-named-resources", "s3:GetObject with *"),
    "every bucket by ARN": role(
        "policy/Statement/-", allow(resource="arn:aws:s3:::*"), "iam-named-resources", "with arn:aws:s3:::*"
    ),
    "every role": role(
        "policy/Statement/-",
        allow("sts:AssumeRole", "arn:aws:iam::123456789012:role/admin"),
        "iam-nothing-dangerous",
        "gets it more rights",
    ),
    "all but something": role(
        "policy/Statement/-",
        {"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "arn:aws:s3:::b"},
        "iam-named-actions",
        "names no action",
    ),
    "all but some buckets": role(
        "policy/Statement/-",
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b"},
        "iam-named-resources",
        "names no resource",
    ),
    "one letter left open": role("policy/Statement/-", allow("s3:GetObjec?"), "iam-named-actions", "s3:GetObjec?"),
    "an action of no service": role("policy/Statement/-", allow("GetObject"), "iam-named-actions", "may do GetObject"),
    "a resource that is none": role("policy/Statement/-", allow(resource="b"), "iam-named-resources", "with b"),
    "any partition": role(
        "policy/Statement/-", allow(resource="arn:*:s3:::b"), "iam-named-resources", "with arn:*:s3:::b"
    ),
    "a role's policy that is none": role("policy", "[]", "iam-named-actions", "can't be read"),
    "the key for everything": role(
        "policy/Statement/-",
        allow("kms:Decrypt", "arn:aws:kms:eu-central-1:123456789012:key/x"),
        "iam-key-through-s3",
        "kms:ViaService",
    ),
    "everybody is the host": role(
        "assumeRolePolicy/Statement/0/Principal", "*", "iam-narrow-trust", "* * may act", TRUST
    ),
    "another account is the host": role(
        "assumeRolePolicy/Statement/0/Principal", {"AWS": ROOT}, "iam-narrow-trust", ROOT, TRUST
    ),
    "Lambda is the host": role(
        "assumeRolePolicy/Statement/0/Principal/Service", "lambda.amazonaws.com", "iam-narrow-trust", "lambda", TRUST
    ),
    "a trust in more": role("assumeRolePolicy/Statement/0/Action", "sts:*", "iam-narrow-trust", "sts:*", TRUST),
    "no trust that can be read": role("assumeRolePolicy", "", "iam-narrow-trust", "can't be read", TRUST),
    "a trust in all but something": role(
        "assumeRolePolicy/Statement/0/NotAction", "sts:TagSession", "iam-narrow-trust", "its trust allows", TRUST
    ),
    "an administrator": role(
        "managedPolicyArns",
        ["arn:aws:iam::aws:policy/AdministratorAccess"],
        "iam-no-managed-policies",
        "AdministratorAccess",
        TRUST,
    ),
    "a policy inside the role": role(
        "inlinePolicies", [{"name": "x", "policy": "{}"}], "iam-no-managed-policies", "policies as resources", TRUST
    ),
    "another's role": Spoilt(DEV, ROLE, "role", "admin", "iam-own-role", "no role of this stack", {"role": ""}),
    "a user": Added(PROD, "aws:iam/user:User", "ci", {}, "iam-no-users known", "no users and no keys"),
    "an access key": Added(PROD, "aws:iam/accessKey:AccessKey", "ci", {}, "iam-no-users known", "no users and no keys"),
    "everybody uses the key": Spoilt(
        DEV, "kms/key data", "policy/Statement/-", allow("kms:Decrypt", Principal="*"), "kms-own-account", "lets in * *"
    ),
    "another account uses the key": Spoilt(
        DEV,
        "kms/key data",
        "policy/Statement/-",
        allow("kms:Decrypt", Principal={"AWS": ROOT}),
        "kms-own-account",
        "999999999999",
    ),
    "every service uses the key": Spoilt(
        DEV, "kms/key data", "policy/Statement/1/Principal/Service", "*", "kms-own-account", "Service *"
    ),
    "no policy of the key": Spoilt(DEV, "kms/key data", "policy", "", "kms-own-account", "no policy that can be read"),
    "all but something with the key": Spoilt(
        DEV, "kms/key data", "policy/Statement/0/NotAction", "kms:Put*", "kms-own-account", "its policy says NotAction"
    ),
    "logs of all other accounts": Spoilt(
        DEV,
        "kms/key data",
        "policy/Statement/1/Condition",
        {"ArnNotLike": {"kms:EncryptionContext:aws:logs:arn": OWN}},
        "kms-own-account",
        "for its own ARNs",
    ),
    "logs by something that anybody can say": Spoilt(
        DEV,
        "kms/key data",
        "policy/Statement/1/Condition",
        {"ArnLike": {"aws:PrincipalTag/x": OWN}},
        "kms-own-account",
        "for its own ARNs",
    ),
    "logs of any account": Spoilt(
        DEV,
        "kms/key data",
        "policy/Statement/1/Condition/ArnLike/kms:EncryptionContext:aws:logs:arn",
        "arn:aws:logs:eu-central-1:*:*",
        "kms-own-account",
        "for its own ARNs",
    ),
    "the log service rules the key": Spoilt(
        DEV, "kms/key data", "policy/Statement/1/Action", "kms:*", "kms-own-account", "do everything"
    ),
    "a key that is never changed": Spoilt(DEV, "kms/key data", "rotationPeriodInDays", 2560, "kms-rotation", "2560"),
    "a key gone in a week": Spoilt(DEV, "kms/key data", "deletionWindowInDays", 7, "kms-slow-deletion", "14 or more"),
    "logs of a week": Spoilt(PROD, "cloudwatch/logGroup flow", "retentionInDays", 7, "logs-kept", "30 or more"),
    "logs for ever": Spoilt(PROD, "cloudwatch/logGroup flow", "retentionInDays", 0, "logs-kept", "30 or more"),
    "logs in clear": Spoilt(
        PROD, "cloudwatch/logGroup flow", "kmsKeyId", "x", "logs-encrypted", "own KMS key", {"kmsKeyId": ""}
    ),
}

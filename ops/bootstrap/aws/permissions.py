"""What the two roles of an environment may do. `plan` looks, `apply` makes; both at their environment only.

An environment's own things are known by their name, which begins with its own, or by its tag.
"""

from __future__ import annotations

from infra.aws.shared import Shared
from infra.settings import Settings
from ops.bootstrap.aws import actions
from ops.bootstrap.aws.policies import Document, Statement, allow, deny, document

PROJECT = "shoestring"  # Pulumi.yaml's name; part of each path in the state bucket
HANDED_TO = ["ec2.amazonaws.com", "monitoring.rds.amazonaws.com", "vpc-flow-logs.amazonaws.com"]
LINKED = ["ec2-instance-connect.amazonaws.com", "rds.amazonaws.com", "spot.amazonaws.com"]
SECRETS = [
    "ec2:GetConsoleOutput",
    "ec2:GetPasswordData",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter*",
]
USES = ["Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo"]
TAG = "environment"  # infra/naming.py


def plan(shared: Shared, settings: Settings, key_arn: str) -> Document:
    """Reads how things are set up, and the state; no secret's value.

    S3 opens the state's files for it. The secrets in them are encrypted once more, with the same key, and that it
    can't ask for: so it can't run `pulumi preview`, which asks for it at once.
    """
    via_s3 = f"s3.{shared.region}.amazonaws.com"
    return document(
        allow("Look", actions.READS, ["*"]),
        allow("StateList", ["s3:ListBucket"], [_bucket(shared)]),
        allow("StateRead", ["s3:GetObject"], _state(shared, settings.environment)),
        allow("StateOpen", ["kms:Decrypt"], [key_arn], {"StringEquals": {"kms:ViaService": via_s3}}),
        deny("NoSecretValues", SECRETS, ["*"]),
        deny("NoSecretsOfTheState", ["kms:Decrypt"], ["*"], {"StringNotEquals": {"kms:ViaService": via_s3}}),
    )


def apply(shared: Shared, settings: Settings, key_arn: str) -> Document:
    """Makes and changes what infra/aws/ makes, and configures it: opens the tunnel, reads the database's secret, stores
    models."""
    environment = settings.environment
    return document(
        allow("Look", actions.READS, ["*"]),
        *_state_of(shared, environment, key_arn),
        *_machines(shared, environment),
        *_data(shared, environment),
        *_keys(shared, environment),
        *_roles(shared, environment),
        *_names(shared, settings),
        # What is tagged as another environment's is out of reach, and so is giving it this one's tag.
        deny("NotOfOtherEnvironments", ["ec2:*", "kms:*", "logs:*", "rds:*"], ["*"], _others(environment)),
    )


def _bucket(shared: Shared) -> str:
    return f"arn:{shared.partition}:s3:::{shared.bucket}"


def _state(shared: Shared, environment: str) -> list[str]:
    """A stack's files: `.pulumi/<kind>/[organization/]<project>/<stack>`, as a file or a directory."""
    own = f"{_bucket(shared)}/.pulumi/*/{PROJECT}/{environment}"
    return [f"{_bucket(shared)}/.pulumi/meta.yaml", f"{own}.*", f"{own}/*"]


def _state_of(shared: Shared, environment: str, key_arn: str) -> list[Statement]:
    return [
        allow("StateList", ["s3:ListBucket"], [_bucket(shared)]),
        allow("State", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], _state(shared, environment)),
        allow(
            "StateKey", [f"kms:{use}" for use in ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey")], [key_arn]
        ),
    ]


def _machines(shared: Shared, environment: str) -> list[Statement]:
    own = f"arn:{shared.partition}:ec2:{shared.region}:{shared.account}:*"
    public = [f"arn:{shared.partition}:ec2:{shared.region}::{kind}/*" for kind in ("image", "snapshot")]
    endpoint = f"arn:{shared.partition}:ec2:{shared.region}:{shared.account}:instance-connect-endpoint/*"
    ssh = {"NumericEquals": {"ec2-instance-connect:remotePort": "22"}} | _own(environment)
    # CreateTags, DeleteTags: of every type. GetConsoleOutput: the host keys that a machine prints when it is made.
    makes = [*actions.of("ec2"), "ec2:CreateTags", "ec2:DeleteTags", "ec2:GetConsoleOutput"]
    ends = [f"ec2:{action}" for action in ENDS]
    return [
        allow("Machines", [action for action in makes if action not in ends], [own]),
        allow("MachinesEnded", ends, [own], _own(environment)),
        allow("Images", ["ec2:RunInstances"], public),
        allow("Tunnel", ["ec2-instance-connect:OpenTunnel"], [endpoint], ssh),
    ]


# What is gone for good, of whoever has nothing to do with us and tags nothing. Each is asked for one thing, which has
# its tags from its first moment.
ENDS = [
    "DeleteKeyPair",
    "DeleteNatGateway",
    "DeleteSubnet",
    "DeleteVolume",
    "DeleteVpc",
    "ReleaseAddress",
    "StopInstances",
    "TerminateInstances",
]


def _data(shared: Shared, environment: str) -> list[Statement]:
    arn = f"arn:{shared.partition}"
    rds = f"{arn}:rds:{shared.region}:{shared.account}"
    logs = f"{arn}:logs:{shared.region}:{shared.account}:log-group"
    secret = f"{arn}:secretsmanager:{shared.region}:{shared.account}:secret:rds!db-*"
    buckets = f"{arn}:s3:::{environment}-*"
    models = f"{arn}:s3:::{environment}-artifacts-*/models/*"
    in_account = {"StringEquals": {"aws:ResourceAccount": shared.account}}
    database = {"ArnLike": {"aws:ResourceTag/aws:rds:primaryDBInstanceArn": f"{rds}:db:{environment}-*"}}
    # RDS makes and rotates its secret in the caller's name.
    manage = [f"secretsmanager:{action}" for action in ("CreateSecret", "RotateSecret", "TagResource")]
    return [
        allow("Buckets", [*actions.of("s3"), "s3:ListBucket", "s3:ListBucketVersions"], [buckets]),
        # A bucket is emptied before it is removed, and nothing in it is read for that.
        allow("BucketsEmptied", [f"s3:{action}" for action in EMPTIES], [f"{buckets}/*"], in_account),
        # A URL that a host is given does what its signer may: it is signed by whoever deploys (ops/build). And a
        # name that is nobody's may become anybody's: a model goes to a bucket of this account only.
        allow("Models", ["s3:GetObject", "s3:PutObject"], [models], in_account),
        allow("Database", actions.of("rds"), [f"{rds}:*:{environment}-*", f"{rds}:og:default*"]),
        allow("DatabaseSecretMade", manage, [secret]),
        allow("DatabaseSecretRead", ["secretsmanager:GetSecretValue"], [secret], database),
        allow("Logs", actions.of("logs"), [f"{logs}:{environment}-*", f"{logs}:/aws/rds/instance/{environment}-*"]),
    ]


EMPTIES = ["AbortMultipartUpload", "DeleteObject", "DeleteObjectVersion"]


def _keys(shared: Shared, environment: str) -> list[Statement]:
    kms = f"arn:{shared.partition}:kms:{shared.region}:{shared.account}"
    keys = [f"{kms}:key/*"]
    change = [f"kms:{action}" for action in ("PutKeyPolicy", "ScheduleKeyDeletion", "UntagResource")]
    # KMS may take minutes until a new key's tag counts: what a new key needs at once does not ask for it.
    services = [f"{service}.{shared.region}.amazonaws.com" for service in ("ec2", "rds", "s3", "secretsmanager")]
    return [
        allow(
            "NewKeys",
            ["kms:CreateKey", "kms:TagResource"],
            ["*"],
            {"StringEquals": {f"aws:RequestTag/{TAG}": environment}},
        ),
        allow("KeysRotated", ["kms:EnableKeyRotation", "kms:UpdateKeyDescription"], keys),
        allow("KeysChanged", change, keys, _own(environment)),
        allow("KeysUsed", [f"kms:{use}" for use in USES], keys, {"StringEquals": {"kms:ViaService": services}}),
        allow("KeysLent", ["kms:CreateGrant"], keys, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        allow(
            "KeyNames",
            [f"kms:{verb}Alias" for verb in ("Create", "Delete", "Update")],
            [f"{kms}:alias/{environment}-*", *keys],
        ),
    ]


def _roles(shared: Shared, environment: str) -> list[Statement]:
    iam = f"arn:{shared.partition}:iam::{shared.account}"
    make = [action for action in actions.of("iam") if action not in ("iam:CreateServiceLinkedRole", "iam:PassRole")]
    own = f"{iam}:role/{environment}-*"
    return [
        allow("Roles", make, [own, f"{iam}:instance-profile/{environment}-*"]),
        allow("HandOver", ["iam:PassRole"], [own], {"StringEquals": {"iam:PassedToService": HANDED_TO}}),
        allow(
            "ServicesOwnRoles",
            ["iam:CreateServiceLinkedRole"],
            [f"{iam}:role/aws-service-role/*"],
            {"StringEquals": {"iam:AWSServiceName": LINKED}},
        ),
    ]


def _names(shared: Shared, settings: Settings) -> list[Statement]:
    budgets = f"arn:{shared.partition}:budgets::{shared.account}:budget/{settings.environment}-*"
    statements = [allow("Budget", actions.of("budgets"), [budgets])]
    if settings.zone:
        zone = f"arn:{shared.partition}:route53:::hostedzone/{settings.zone}"
        statements.append(allow("Names", actions.of("route53"), [zone]))
    return statements


def _own(environment: str) -> Document:
    return {"StringEquals": {f"aws:ResourceTag/{TAG}": environment}}


def _others(environment: str) -> Document:
    """True for what has the tag, with another value; what has none (a rule, an image) is judged by the rest."""
    tag = f"aws:ResourceTag/{TAG}"
    return {"StringNotEquals": {tag: environment}, "Null": {tag: "false"}}

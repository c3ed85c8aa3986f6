"""The roles that bootstrap makes may do no more: not in other environments, not beyond the boundary, not for others."""

from __future__ import annotations

import json

import pytest

from infra.aws.shared import Shared
from ops.bootstrap.aws import permissions, policies
from tests.ops.bootstrap.aws import iam
from tests.ops.bootstrap.aws.conftest import ACCOUNT, REGION, SHARED
from tests.ops.bootstrap.aws.judged import BOUNDARY, KEY, STATE, TAG, may, role, settings

DATA_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/22222222-3333-4444-5555-666666666666"
OTHERS = [
    ("ec2:TerminateInstances", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1", "aws-prod"),
    ("ec2:TerminateInstances", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-nobodys", ""),
    ("ec2:DeleteVolume", f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-nobodys", ""),
    ("ec2:DeleteVolume", f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-1", "aws-prod"),
    ("ec2:CreateTags", f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-1", "aws-prod"),
    ("ec2-instance-connect:OpenTunnel", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance-connect-endpoint/e", "aws-prod"),
    ("rds:DeleteDBInstance", f"arn:aws:rds:{REGION}:{ACCOUNT}:db:aws-prod-database-1", "aws-prod"),
    ("kms:ScheduleKeyDeletion", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/of-prod", "aws-prod"),
    ("kms:PutKeyPolicy", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/nobodys", ""),
    ("s3:DeleteBucket", "arn:aws:s3:::aws-prod-backups-1a2b3c4", ""),
    ("s3:GetObject", f"{STATE}/.pulumi/stacks/shoestring/aws-prod.json", ""),
    ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/aws-prod-service-1a2b3c4", "aws-prod"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/aws-prod-service-1a2b3c4", "aws-prod"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/Administrator", ""),
    ("budgets:ModifyBudget", f"arn:aws:budgets::{ACCOUNT}:budget/aws-prod-month-1", ""),
    ("route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/ZSOMEBODYS", ""),
]


@pytest.mark.parametrize(("action", "resource", "tag"), OTHERS, ids=[f"{one[0]}-{one[1][-9:]}" for one in OTHERS])
def test_the_apply_role_leaves_other_environments_alone(action: str, resource: str, tag: str) -> None:
    """aws-dev's, which anybody may deploy, next to production in one account."""
    assert not may("apply", "aws-dev", action, resource, tag)


OWN = {"aws:ResourceAccount": ACCOUNT}
MODEL = "aws-dev-artifacts-1a2b3c4/models/arrival-delay/1/model.onnx"
THROUGH = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
FURTHER = {
    "a backup read": ("s3:GetObject", "arn:aws:s3:::aws-dev-backups-1a2b3c4/models/full", OWN),
    "a backup overwritten": ("s3:PutObject", "arn:aws:s3:::aws-dev-backups-1a2b3c4/models/full", OWN),
    "an access log forged": ("s3:PutObject", "arn:aws:s3:::aws-dev-logs-1a2b3c4/artifacts/1", OWN),
    "beside the models": ("s3:GetObject", "arn:aws:s3:::aws-dev-artifacts-1a2b3c4/other", OWN),
    "another environment's": ("s3:GetObject", "arn:aws:s3:::aws-prod-artifacts-1a2b3c4/models/m/1/model.onnx", OWN),
    "another account's": ("s3:PutObject", f"arn:aws:s3:::{MODEL}", {"aws:ResourceAccount": "210987654321"}),
    "the key by itself": ("kms:Decrypt", DATA_KEY, {TAG: "aws-dev"}),
    "another environment's key": ("kms:Decrypt", DATA_KEY, {TAG: "aws-prod"} | THROUGH),
    "another account's key": ("kms:Decrypt", DATA_KEY.replace(ACCOUNT, "210987654321"), {TAG: "aws-dev"} | THROUGH),
}


@pytest.mark.parametrize(("action", "resource", "given"), FURTHER.values(), ids=FURTHER)
def test_who_deploys_reads_and_writes_the_models_and_nothing_beside_them(
    action: str, resource: str, given: dict[str, str]
) -> None:
    """A deploy runs what a release brings, and a URL that it signs for a host does what its role may: a backup has
    every row of the database in it."""
    assert iam.allowed(role("apply", "aws-dev"), BOUNDARY, "s3:GetObject", f"arn:aws:s3:::{MODEL}", OWN)
    assert not iam.allowed(role("apply", "aws-dev"), BOUNDARY, action, resource, given)


@pytest.mark.parametrize("purpose", ["artifacts", "backups"])
def test_a_bucket_can_still_be_emptied(purpose: str) -> None:
    """`down DATA=delete` removes every version of every object, without a look into one."""
    anything = f"arn:aws:s3:::aws-dev-{purpose}-1a2b3c4/archive/1"
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert iam.allowed(role("apply", "aws-dev"), BOUNDARY, action, anything, OWN)
        assert not iam.allowed(role("apply", "aws-prod"), BOUNDARY, action, anything, OWN)


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/eve"),
        ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/eve"),
        ("iam:UpdateAssumeRolePolicy", SHARED.role("apply", "aws-dev")),
        ("iam:PutRolePolicy", SHARED.role("apply", "aws-dev")),
        ("iam:AttachRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/aws-dev-service-1"),
        ("iam:CreatePolicyVersion", SHARED.boundary),
        ("iam:DeletePolicy", SHARED.boundary),
        ("iam:DeleteRolePermissionsBoundary", f"arn:aws:iam::{ACCOUNT}:role/aws-dev-service-1"),
        ("iam:CreateOpenIDConnectProvider", policies.provider(SHARED)),
        ("iam:UpdateOpenIDConnectProviderThumbprint", policies.provider(SHARED)),
        ("s3:DeleteBucket", STATE),
        ("s3:PutBucketPolicy", STATE),
        ("s3:PutBucketVersioning", STATE),
        ("s3:DeleteObjectVersion", f"{STATE}/.pulumi/stacks/shoestring/aws-dev.json"),
        ("organizations:LeaveOrganization", "*"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/Administrator"),
    ],
    ids=str,
)
def test_the_boundary_holds_even_a_role_that_may_do_all(action: str, resource: str) -> None:
    """Whatever policy a mistake or a thief gives to a role: it makes no way in, and keeps the state as it is."""
    everything = policies.document(policies.allow("All", ["*"], ["*"]))
    assert iam.allowed(everything, None, action, resource)
    assert not iam.allowed(everything, BOUNDARY, action, resource, {"iam:PermissionsBoundary": SHARED.boundary})


@pytest.mark.parametrize("action", ["kms:ScheduleKeyDeletion", "kms:PutKeyPolicy", "kms:DisableKey"])
def test_the_boundary_keeps_the_states_key(action: str) -> None:
    """Without it the state of every environment is lost."""
    everything = policies.document(policies.allow("All", ["*"], ["*"]))
    aliases: dict[str, str | list[str]] = {"kms:ResourceAliases": ["alias/shoestring-state"]}
    assert iam.allowed(everything, BOUNDARY, action, KEY)
    assert not iam.allowed(everything, BOUNDARY, action, KEY, aliases)


@pytest.mark.parametrize("action", ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])
@pytest.mark.parametrize("boundary", [None, f"arn:aws:iam::{ACCOUNT}:policy/other"], ids=["none", "another"])
def test_no_role_is_made_that_may_do_more(action: str, boundary: str | None) -> None:
    """Else the way out of the boundary is a role without one."""
    own = f"arn:aws:iam::{ACCOUNT}:role/aws-dev-service-1a2b3c4"
    given = {"iam:PermissionsBoundary": boundary} if boundary else {}
    assert iam.allowed(role("apply", "aws-dev"), BOUNDARY, action, own, {"iam:PermissionsBoundary": SHARED.boundary})
    assert not iam.allowed(role("apply", "aws-dev"), BOUNDARY, action, own, given)


def claims(subject: str, **more: str) -> dict[str, str]:
    issuer = "token.actions.githubusercontent.com"
    said = {"aud": "sts.amazonaws.com", "sub": subject} | more
    return {f"{issuer}:{name}": value for name, value in said.items()}


MAIN = "refs/heads/main"


@pytest.mark.parametrize(
    ("kind", "token", "takes"),
    [
        ("plan", claims("repo:acme/predictor:pull_request"), True),
        ("plan", claims("repo:acme/predictor:ref:refs/heads/main"), False),
        ("plan", claims("repo:eve/predictor:pull_request"), False),
        ("apply", claims("repo:acme/predictor:environment:aws-dev", ref=MAIN), True),
        ("apply", claims("repo:acme/predictor:environment:aws-dev", ref="refs/heads/try"), False),
        ("apply", claims("repo:acme/predictor:environment:aws-prod", ref=MAIN), False),
        ("apply", claims("repo:acme/predictor:pull_request", ref=MAIN), False),
        ("apply", claims("repo:acme/predictor:ref:refs/heads/main", ref=MAIN), False),
        ("apply", claims("repo:eve/predictor:environment:aws-dev", ref=MAIN), False),
        ("apply", claims("repo:acme/predictor:environment:aws-dev", ref=MAIN, aud="https://github.com/acme"), False),
    ],
    ids=[
        "plan, a pull request",
        "plan, a branch",
        "plan, a fork's own",
        "apply, its environment",
        "apply, another branch",
        "apply, another environment",
        "apply, a pull request",
        "apply, no environment",
        "apply, another repository",
        "apply, another audience",
    ],
)
def test_who_takes_a_role(kind: str, token: dict[str, str], takes: bool) -> None:
    """An environment of GitHub has reviewers, a pull request is anybody's."""
    trust = policies.trust(SHARED, "acme/predictor", kind, "aws-dev")
    assert iam.takes(trust, policies.provider(SHARED), token) is takes


def test_the_policies_are_short_enough_for_iam() -> None:
    """IAM counts no white space: 10,240 characters for a role's own, 6,144 for a boundary, 2,048 for a trust."""
    longest = settings("aws-prod").model_copy(update={"environment": "e" * 31})
    shared = Shared(ACCOUNT, "ap-southeast-1")
    repository = f"{'o' * 39}@{'1' * 20}/{'n' * 100}@{'1' * 20}"

    def size(document: policies.Document) -> int:
        return len(json.dumps(document, separators=(",", ":")))

    assert size(permissions.apply(shared, longest, KEY)) <= 10_240
    assert size(permissions.plan(shared, longest, KEY)) <= 10_240
    assert size(policies.boundary(shared)) <= 6_144
    assert size(policies.trust(shared, repository, "apply", longest.environment)) <= 2_048

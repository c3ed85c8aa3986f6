"""The roles that bootstrap makes may do enough: all that the program and the verbs ask for. And `plan` only looks."""

from __future__ import annotations

import pytest
from botocore.loaders import create_loader

from ops.bootstrap.aws import actions
from tests.infra.aws import plans
from tests.ops.bootstrap.aws import iam
from tests.ops.bootstrap.aws.conftest import ACCOUNT, REGION, SHARED
from tests.ops.bootstrap.aws.judged import BOUNDARY, KEY, STATE, context, may, needed, registered, role


@pytest.mark.parametrize("stack", plans.STACKS)
def test_every_resource_that_the_program_registers_can_be_made_changed_and_removed(stack: str) -> None:
    """Within the boundary too: else the first deployment from GitHub ends half way."""
    resources = registered(stack)
    assert len(resources) > 60, "the whole program was looked at"
    unknown = {resource.type for resource in resources} - actions.MAKES.keys()
    assert not unknown, f"say in ops/bootstrap/actions.py what these take: {sorted(unknown)}"
    refused = {
        f"{action} on {resource}"
        for one in resources
        for action, resource in needed(one)
        if not may("apply", stack, action, resource)
    }
    assert not refused


CHANGING = ("Change", "Modify", "Revoke")
MAKING = ("Create", "Import", "Put", "Run", "Allocate", "Attach", "Associate", "Authorize", *CHANGING)
ENDING = ("Delete", "Release", "Terminate", "Detach", "Disassociate", "Schedule", *CHANGING)


@pytest.mark.parametrize("kind", sorted(actions.MAKES))
def test_each_resource_has_what_makes_it_and_what_removes_it(kind: str) -> None:
    """The table above is made by hand: a resource that can't be removed would be noticed by the first `down`."""
    names = [name for each in actions.MAKES[kind].values() for name in each.split() if "Tag" not in name]
    assert any(name.startswith(MAKING) for name in names)
    setting_of_a_bucket = kind.startswith("aws:s3/bucket") and all(name.startswith("Put") for name in names)
    assert setting_of_a_bucket or any(name.startswith(ENDING) for name in names)


SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1a2b3c4"
OF_THE_DATABASE = "aws:ResourceTag/aws:rds:primaryDBInstanceArn"
ARTIFACTS = "arn:aws:s3:::aws-dev-artifacts-1a2b3c4"
MODEL = f"{ARTIFACTS}/models/arrival-delay/1/model.onnx"
DATA_KEY = f"{KEY[:-4]}7777"
THROUGH_S3 = {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}
VERBS: list[tuple[str, str, dict[str, str]]] = [
    ("s3:GetObject", f"{STATE}/.pulumi/stacks/shoestring/aws-dev.json", {}),
    ("s3:PutObject", f"{STATE}/.pulumi/stacks/shoestring/aws-dev.json", {}),
    ("s3:PutObject", f"{STATE}/.pulumi/locks/organization/shoestring/aws-dev/1.json", {}),
    ("s3:DeleteObject", f"{STATE}/.pulumi/locks/organization/shoestring/aws-dev/1.json", {}),
    ("s3:GetObject", f"{STATE}/.pulumi/meta.yaml", {}),
    ("kms:Decrypt", KEY, {}),
    ("ec2:GetConsoleOutput", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1", {}),
    (
        "ec2-instance-connect:OpenTunnel",
        f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance-connect-endpoint/eice-1",
        {"ec2-instance-connect:remotePort": "22"},
    ),
    (
        "secretsmanager:GetSecretValue",
        SECRET,
        {OF_THE_DATABASE: f"arn:aws:rds:{REGION}:{ACCOUNT}:db:aws-dev-database-1"},
    ),
    ("kms:Decrypt", f"{KEY[:-4]}6666", {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}),
    ("s3:ListBucket", ARTIFACTS, {"aws:ResourceAccount": ACCOUNT}),
    ("s3:PutObject", MODEL, {"aws:ResourceAccount": ACCOUNT}),
    ("s3:GetObject", MODEL, {"aws:ResourceAccount": ACCOUNT}),
    ("kms:GenerateDataKey", DATA_KEY, THROUGH_S3),
    ("kms:Decrypt", DATA_KEY, THROUGH_S3),
    ("tag:GetResources", "*", {}),
]


EVERYBODYS = (KEY, f"{STATE}/.pulumi/meta.yaml", "*")


@pytest.mark.parametrize(("action", "resource", "more"), VERBS, ids=[f"{one[0]}-{one[1][-12:]}" for one in VERBS])
def test_the_verbs_of_ops_can_do_what_they_do(action: str, resource: str, more: dict[str, str]) -> None:
    """`make up` goes on where Pulumi ends: state, host keys, tunnel, the database's secret, the model. And another
    environment's role can't."""
    given = context("aws-dev") | more
    assert iam.allowed(role("apply", "aws-dev"), BOUNDARY, action, resource, given)
    if resource not in EVERYBODYS:
        assert not iam.allowed(role("apply", "aws-prod"), BOUNDARY, action, resource, given)


def test_nothing_is_allowed_for_what_the_program_never_makes() -> None:
    """A right that nothing needs any more is only a risk."""
    used = {resource.type for stack in plans.STACKS for resource in registered(stack)}
    assert actions.MAKES.keys() - used == set()


def test_the_actions_exist() -> None:
    """IAM takes a misspelt action without a word, and refuses when it is needed. botocore's model has the calls;
    these few actions are called otherwise than their calls (service authorization reference)."""
    otherwise = {
        "budgets:ModifyBudget",
        "budgets:ViewBudget",
        "iam:PassRole",
        "s3:GetAccelerateConfiguration",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
    }
    models = {"s3": ("s3", "s3control"), "tag": ("resourcegroupstaggingapi",)}
    loader = create_loader()
    wanted = {action for service in SERVICES for action in actions.of(service)} | set(actions.READS)
    unknown = set()
    for action in wanted:
        service, name = action.split(":")
        calls = {
            call
            for each in models.get(service, (service,))
            for call in loader.load_service_model(each, "service-2")["operations"]
        }
        if not any(iam.like(call, [name]) for call in calls):
            unknown.add(action)
    assert unknown == otherwise


SERVICES = sorted({service for makes in actions.MAKES.values() for service in makes})


@pytest.mark.parametrize("stack", plans.STACKS)
def test_the_plan_role_looks_and_changes_nothing(stack: str) -> None:
    """A pull request of anybody with write access runs with it."""
    for action in actions.READS:
        assert may("plan", stack, action.replace("*", "X"), "*"), action
    for one in registered(stack):
        for action, resource in needed(one):
            assert not may("plan", stack, action, resource), f"{action} on {resource}"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1"),
        ("ec2:GetConsoleOutput", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1"),
        ("s3:GetObject", "arn:aws:s3:::aws-dev-backups-1a2b3c4/base"),
        ("s3:GetObject", f"{STATE}/.pulumi/stacks/shoestring/aws-prod.json"),
        ("s3:PutObject", f"{STATE}/.pulumi/stacks/shoestring/aws-dev.json"),
        ("kms:Decrypt", KEY),
        ("sts:AssumeRole", SHARED.role("apply", "aws-dev")),
    ],
    ids=str,
)
def test_the_plan_role_reads_no_secret_and_no_data(action: str, resource: str) -> None:
    assert not may("plan", "aws-dev", action, resource)

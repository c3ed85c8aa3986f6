"""What the roles may do, judged by IAM's logic over the policies that bootstrap writes: enough, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache

import pytest
from botocore.loaders import create_loader

from infra.aws.shared import Shared
from infra.settings import Settings
from ops.bootstrap import actions, permissions, policies
from rehearsal.program import Resource
from tests.infra.aws import plans
from tests.ops.bootstrap import iam
from tests.ops.bootstrap.conftest import ACCOUNT, REGION, SHARED

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
STATE = "arn:aws:s3:::shoestring-state-123456789012-eu-central-1"
TAG = "aws:ResourceTag/environment"
ZONE = "Z0123456789ABCDEFGHIJ"
BOUNDARY = policies.boundary(SHARED)
VARIANT = {"nat": True, "zone": ZONE, "names": ["predict.example.com"]}  # what neither stack file asks for

# Where the program says a thing's whole name, by this input; elsewhere Pulumi adds a suffix to the logical name.
NAMED = {"logGroup": "name", "instance": "identifier", "alias": "namePrefix"}
ARNS = {
    "budgets/budget": "arn:aws:budgets::{account}:budget/{name}",
    "cloudwatch/logGroup": "arn:aws:logs:{region}:{account}:log-group:{name}",
    "iam/instanceProfile": "arn:aws:iam::{account}:instance-profile/{name}",
    "iam/role": "arn:aws:iam::{account}:role/{name}",
    "iam/rolePolicy": "arn:aws:iam::{account}:role/{name}",
    "kms/alias": "arn:aws:kms:{region}:{account}:{name}",
    "kms/key": "arn:aws:kms:{region}:{account}:key/66666666-7777-8888-9999-000000000000",
    "rds/instance": "arn:aws:rds:{region}:{account}:db:{name}",
    "rds/parameterGroup": "arn:aws:rds:{region}:{account}:pg:{name}",
    "rds/subnetGroup": "arn:aws:rds:{region}:{account}:subgrp:{name}",
    "route53/record": f"arn:aws:route53:::hostedzone/{ZONE}",
    "s3": "arn:aws:s3:::{name}",
    "ec2": "arn:aws:ec2:{region}:{account}:anything/x-0123456789abcdef0",
}
LINKED = "arn:aws:iam::123456789012:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"


def settings(stack: str) -> Settings:
    return plans.settings(stack).model_copy(update={"zone": ZONE, "repository": "acme/predictor"})


@cache
def role(kind: str, stack: str) -> policies.Document:
    return (permissions.plan if kind == "plan" else permissions.apply)(SHARED, settings(stack), KEY)


@cache
def registered(stack: str) -> list[Resource]:
    """What the program registers for the stack as it is, and for one that has all that is optional."""
    _, variant = plans.changed(stack, **VARIANT)
    return [one for one in (*plans.stack(stack).resources, *variant.resources) if one.custom]


def arn(resource: Resource) -> str:
    _, module, _ = resource.type.split(":")
    service = module.partition("/")[0]
    form = ARNS.get(module) or ARNS["ec2" if service in ("ebs", "ec2", "ec2transitgateway", "vpc") else service]
    name = resource.inputs.get(NAMED.get(module.partition("/")[2], "bucket")) or f"{resource.name}-1a2b3c4"
    return form.format(account=ACCOUNT, region=REGION, name=name)


def context(stack: str) -> dict[str, str]:
    """A request by the program for a thing of its own, with its tags, a boundary, and a role for the right service."""
    return {
        TAG: stack,
        "aws:RequestTag/environment": stack,
        "iam:PermissionsBoundary": SHARED.boundary,
        "iam:PassedToService": "ec2.amazonaws.com",
        "iam:AWSServiceName": "rds.amazonaws.com",
    }


def may(kind: str, stack: str, action: str, resource: str, tag: str | None = None) -> bool:
    """Whether the role may do it, within the boundary. `tag`: the resource's environment where it is not the role's."""
    given = context(stack) | ({} if tag is None else {TAG: tag})
    if tag == "":
        del given[TAG]
    return iam.allowed(role(kind, stack), BOUNDARY, action, resource, given)


def needed(resource: Resource) -> Iterator[tuple[str, str]]:
    """Each action that a resource takes, with the ARN that it is asked for."""
    for service, names in actions.MAKES[resource.type].items():
        for name in names.split():
            action = f"{service}:{name}"
            if action == "iam:CreateServiceLinkedRole":
                yield action, LINKED
            elif action == "iam:PassRole":
                yield action, f"arn:aws:iam::{ACCOUNT}:role/{resource.name}-1a2b3c4"
            else:
                yield action, arn(resource)


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


MAKING = ("Create", "Put", "Run", "Allocate", "Attach", "Associate", "Authorize", "Change", "Modify", "Revoke")
ENDING = ("Delete", "Release", "Terminate", "Detach", "Disassociate", "Revoke", "Schedule", "Change", "Modify")


@pytest.mark.parametrize("kind", sorted(actions.MAKES))
def test_each_resource_has_what_makes_it_and_what_removes_it(kind: str) -> None:
    """The table above is made by hand: a resource that can't be removed would be noticed by the first `down`."""
    names = [name for each in actions.MAKES[kind].values() for name in each.split() if "Tag" not in name]
    assert any(name.startswith(MAKING) for name in names)
    setting_of_a_bucket = kind.startswith("aws:s3/bucket") and all(name.startswith("Put") for name in names)
    assert setting_of_a_bucket or any(name.startswith(ENDING) for name in names)


SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1a2b3c4"
OF_THE_DATABASE = "aws:ResourceTag/aws:rds:primaryDBInstanceArn"
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
    ("s3:PutObject", "arn:aws:s3:::aws-dev-artifacts-1a2b3c4/model.onnx", {"aws:ResourceAccount": ACCOUNT}),
    ("tag:GetResources", "*", {}),
]


@pytest.mark.parametrize(("action", "resource", "more"), VERBS, ids=[f"{one[0]}-{one[1][-12:]}" for one in VERBS])
def test_the_verbs_of_ops_can_do_what_they_do(action: str, resource: str, more: dict[str, str]) -> None:
    """`make up` goes on where Pulumi ends: state, host keys, tunnel, the database's secret, artifacts."""
    given = context("aws-dev") | more
    assert iam.allowed(role("apply", "aws-dev"), BOUNDARY, action, resource, given)
    assert (
        action == "tag:GetResources"
        or not iam.allowed(role("apply", "aws-prod"), BOUNDARY, action, resource, given)
        or (resource in (KEY, f"{STATE}/.pulumi/meta.yaml"))
    ), "another environment's role has nothing to do there"


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

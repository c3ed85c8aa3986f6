"""The two roles of an environment and what the program asks of them, judged by IAM's logic."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from infra.settings import Settings
from ops.bootstrap.aws import actions, permissions, policies
from rehearsal.program import Resource
from tests.infra.aws import plans
from tests.ops.bootstrap.aws import iam
from tests.ops.bootstrap.aws.conftest import ACCOUNT, REGION, SHARED

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

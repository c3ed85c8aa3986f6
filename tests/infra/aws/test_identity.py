"""What hosts may do in the account, as both stacks register it."""

from __future__ import annotations

import itertools
import json

import pytest

from infra.addresses import GROUPS
from infra.aws.identity import kind
from tests.infra.aws import plans

EVERY_KIND = [list(groups) for length in range(1, len(GROUPS) + 1) for groups in itertools.combinations(GROUPS, length)]


@pytest.mark.parametrize("stack", plans.STACKS)
def test_each_kind_of_host_has_one_role_that_only_machines_take(stack: str) -> None:
    made = plans.stack(stack)
    kinds = {f"{stack}-{kind(host.groups)}" for host in plans.settings(stack).hosts}
    profiles = {one.name: one.inputs for one in plans.of(made, "InstanceProfile")}
    roles = {one.name: one.inputs for one in plans.of(made, "Role")}
    assert set(profiles) == kinds
    for name, inputs in profiles.items():
        assert inputs["role"].startswith(name), "a profile with another kind's role"
        (statement,) = json.loads(roles[name]["assumeRolePolicy"])["Statement"]
        assert statement["Principal"] == {"Service": "ec2.amazonaws.com"}
        assert "Condition" not in statement


@pytest.mark.parametrize("stack", plans.STACKS)
def test_no_right_comes_from_elsewhere(stack: str) -> None:
    made = plans.stack(stack)
    assert plans.of(made, "RolePolicyAttachment", "PolicyAttachment", "Policy") == [], "AWS changes its policies"
    assert plans.of(made, "User", "AccessKey", "Group") == [], "a key that is never rotated"
    for role in plans.of(made, "Role"):
        assert not {"managedPolicyArns", "inlinePolicies"} & set(role.inputs)


def test_the_databases_role_reaches_the_environments_own_backups() -> None:
    made = plans.stack("aws-dev")
    (policy,) = [one for one in plans.of(made, "RolePolicy") if "database" in one.name]
    (role,) = [one for one in plans.of(made, "Role") if one.name == policy.name]
    assert policy.inputs["role"].startswith(role.name)
    statements = {one["Sid"]: one["Resource"] for one in json.loads(policy.inputs["policy"])["Statement"]}
    assert statements.keys() == {"ListBackups", "KeepBackups", "KeyThroughS3"}
    assert [one.endswith(":aws-dev-backups") for one in statements["ListBackups"]] == [True]
    assert [one.endswith(":aws-dev-backups/*") for one in statements["KeepBackups"]] == [True]
    assert [one.endswith(":aws-dev-data") for one in statements["KeyThroughS3"]] == [True]


def test_doors_and_services_have_no_rights() -> None:
    hosts = [
        {"name": "door", "groups": ["proxy"]},
        {"name": "app", "groups": ["service"]},
        {"name": "data", "groups": ["database"]},
    ]
    _, made = plans.changed("aws-dev", hosts=hosts)
    kinds = {"aws-dev-proxy", "aws-dev-service", "aws-dev-database"}
    assert {one.name for one in plans.of(made, "InstanceProfile")} == kinds
    with_rights = kinds & {one.name for one in plans.of(made, "RolePolicy")}
    assert with_rights == {"aws-dev-database"}, "what faces the internet is broken into first"


def test_every_kind_has_a_name_of_its_own_that_fits() -> None:
    names = {kind(groups) for groups in EVERY_KIND}
    assert len(names) == len(EVERY_KIND) == 255, "two kinds would share a role, and so their rights"
    assert max(map(len, names)) <= 64 - 31 - 1 - 8, "IAM has 64 letters; the environment, a hyphen and a suffix have 40"
    assert kind(["service", "proxy"]) == kind(["proxy", "service"]) == "proxy-service"

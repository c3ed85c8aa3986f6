"""Who may do what in the account once both stacks are made: the IAM list of what users test for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.aws import emulated, plans
from tests.infra.aws.emulated import Thing

EACH = pytest.mark.parametrize("stack", plans.STACKS)
# What leads to other rights, to credentials, or out of the account: rules that linters of IAM policies share.
DANGEROUS = (
    "iam:",
    "sts:",
    "organizations:",
    "secretsmanager:",
    "ssm:",
    "lambda:",
    "ec2:",
    "rds:",
    "kms:create",
    "kms:put",
)
READS = ("Get", "List", "Describe")


def roles(stack: str) -> list[Thing]:
    return emulated.of(emulated.exists().roles, stack)


def granted(role: Thing) -> Iterator[tuple[list[str], list[str], dict[str, Any]]]:
    """Actions, resources and the statement, of all that a role's own policies allow."""
    for policy in role["inline"]:
        for statement in policy["Statement"]:
            assert statement["Effect"] == "Allow", "what is not allowed is refused anyway"
            yield statement["Action"], statement["Resource"], statement


@EACH
def test_no_role_may_do_everything_anywhere(stack: str) -> None:
    for role in roles(stack):
        assert role["attached"] == [], f"{role['RoleName']}: AWS's own policies are wide, and change"
        for actions, resources, _ in granted(role):
            assert "*" not in resources, f"{role['RoleName']}: named resources"
            assert not [action for action in actions if "*" in action], f"{role['RoleName']}: named actions"


@EACH
def test_no_role_leads_to_more_rights_or_to_secrets(stack: str) -> None:
    for role in roles(stack):
        for actions, _, _ in granted(role):
            assert not [each for each in actions if each.lower().startswith(DANGEROUS)], role["RoleName"]


@EACH
def test_a_hosts_role_reaches_the_buckets_and_the_key_of_its_environment_only(stack: str) -> None:
    there = emulated.exists()
    (key,) = emulated.of(there.keys, stack)
    own = {f"arn:aws:s3:::{one['Name']}" for one in emulated.of(there.buckets, stack)} | {key["Arn"]}
    hosts = [one for one in roles(stack) if _trusted(one) == {"Service": "ec2.amazonaws.com"}]
    assert hosts, "none was looked at"
    for role in hosts:
        for actions, resources, statement in granted(role):
            assert {each.removesuffix("/*") for each in resources} <= own, role["RoleName"]
            if any(action.startswith("kms:") for action in actions):
                via = {"kms:ViaService": f"s3.{plans.REGION}.amazonaws.com"}
                assert statement["Condition"]["StringEquals"] == via, "with S3, and for nothing else"


@EACH
def test_a_host_without_a_database_has_no_right_at_all(stack: str) -> None:
    """Who breaks into a service gets nothing in the account: the controller signs the URLs of what it fetches."""
    for role in roles(stack):
        has = [*role["inline"], *role["attached"]]
        if _trusted(role) != {"Service": "ec2.amazonaws.com"} or "database" in role["RoleName"]:
            assert has, f"{role['RoleName']}: a role that may do nothing is litter, where no machine needs one"
        else:
            assert has == [], role["RoleName"]


@EACH
def test_only_hosts_with_a_database_write_backups(stack: str) -> None:
    writers = {
        role["RoleName"].rpartition("-")[0]
        for role in roles(stack)
        for actions, _, _ in granted(role)
        if "s3:PutObject" in actions
    }
    expected = {"aws-dev": {"aws-dev-database-proxy-service"}, "aws-prod": set()}
    assert writers == expected[stack], "RDS keeps its own backups"


@EACH
def test_every_role_is_for_one_service_of_this_account(stack: str) -> None:
    services = {"ec2.amazonaws.com", "monitoring.rds.amazonaws.com", "vpc-flow-logs.amazonaws.com"}
    for role in roles(stack):
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRole"
        assert set(_trusted(role)) == {"Service"}, "no account, no user, no federation"
        assert _trusted(role)["Service"] in services
        if _trusted(role)["Service"] != "ec2.amazonaws.com":  # which does not say on whose behalf it comes
            assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": emulated.exists().account}


@EACH
def test_an_instance_profile_holds_one_role(stack: str) -> None:
    for profile in emulated.of(emulated.exists().profiles, stack):
        assert len(profile["Roles"]) == 1


def test_there_are_no_users_and_so_no_keys_to_lose() -> None:
    assert emulated.exists().users == []


def _trusted(role: Thing) -> dict[str, str]:
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    found: dict[str, str] = statement["Principal"]
    return found

"""A rule that somebody adds to a security group, or takes from one, is named; what the program made is not.

The account is moto's, made by the real program. Seen to fail: with `there - wanted` swapped for `there & wanted`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from ops.cloud.aws import account as cloud_account
from ops.drift import account
from ops.environment import Environment
from rehearsal.aws import local
from rehearsal.aws.provider import Provider
from tests.infra.aws import emulated, plans

STACK = "aws-dev"


@pytest.fixture(scope="module")
def ec2() -> Iterator[Any]:
    """EC2 of an account that holds the environment; no session made in it outlives it."""
    with local.account(plans.REGION, emulated.IMAGES) as made:
        cloud_account._session.cache_clear()
        emulated.apply(STACK, Provider(made))
        yield boto3.client("ec2", plans.REGION)
    cloud_account._session.cache_clear()


def names() -> list[str]:
    return sorted(one.name for one in account.openings(Environment.resolve(STACK)))


def host_group(ec2: Any) -> tuple[str, str]:
    """A security group that a host is in, and the host's name."""
    machines = [one for each in ec2.describe_instances()["Reservations"] for one in each["Instances"]]
    machine = next(one for one in machines if emulated.tags(one).get("environment") == STACK)
    (first, *_) = machine["NetworkInterfaces"][0]["Groups"]
    return first["GroupId"], emulated.tags(machine)["Name"].removeprefix(f"{STACK}-")


@pytest.mark.usefixtures("ec2")
def test_what_the_program_made_is_no_drift() -> None:
    assert names() == []


@pytest.mark.parametrize(
    ("protocol", "first", "last", "said"),
    [("tcp", 5432, 5432, "tcp/5432"), ("tcp", 6000, 6010, "tcp/6000-6010"), ("-1", -1, -1, "-1/all")],
    ids=["one port", "a range", "everything"],
)
def test_a_rule_added_by_hand_is_named(ec2: Any, protocol: str, first: int, last: int, said: str) -> None:
    group, host = host_group(ec2)
    rule = {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "IpRanges": [{"CidrIp": "203.0.113.0/24"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    try:
        found = names()
    finally:
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])
    assert f"203.0.113.0/24 to {host} at {said}" in found
    assert all(name.startswith("203.0.113.0/24 ") for name in found), "nothing else is named"
    assert names() == [], "and it is gone with the rule"


def test_a_rule_taken_away_is_named(ec2: Any) -> None:
    """What users need and is closed is drift as well: the next who asks for a prediction finds a shut door."""
    rules = ec2.describe_security_group_rules()["SecurityGroupRules"]
    rule = next(one for one in rules if not one["IsEgress"] and one.get("CidrIpv4") and one["FromPort"] == 443)
    taken = {"GroupId": rule["GroupId"], "SecurityGroupRuleIds": [rule["SecurityGroupRuleId"]]}
    ec2.revoke_security_group_ingress(**taken)
    found = account.openings(Environment.resolve(STACK))
    assert [one.name.split(" ")[0] for one in found] == [rule["CidrIpv4"]]
    assert "is not open" in found[0].what
    assert found[0].fix.startswith(f"make up ENV={STACK}")

"""The networks that exist once both stacks are made: who reaches what, read from the security groups themselves."""

from __future__ import annotations

import json

import pytest

from infra import exposure
from ops.cloud.aws.ways import Described, declared
from ops.cloud.ways import Way
from tests.infra.aws import emulated, plans
from tests.infra.aws.emulated import Thing

EACH = pytest.mark.parametrize("stack", plans.STACKS)
WORLD = {"0.0.0.0/0", "::/0"}


def described(stack: str) -> Described:
    there = emulated.exists()
    return Described(stack, there.ec2["machines"], there.ec2["groups"], there.ec2["rules"], there.databases)


@EACH
def test_what_is_open_is_what_the_table_says(stack: str) -> None:
    assert described(stack).ways() == declared(plans.settings(stack))
    assert Way("0.0.0.0/0", plans.settings(stack).hosts[0].name, "tcp", 443) in described(stack).ways(), (
        "and users come in"
    )


@EACH
def test_the_world_comes_in_at_the_proxys_port_only(stack: str) -> None:
    proxies = {host.name for host in plans.settings(stack).hosts if "proxy" in host.groups}
    world = {way for way in described(stack).ways() if way.source in WORLD}
    assert {(way.to, way.port) for way in world} == {(proxy, 443) for proxy in proxies}
    assert not {22, 3389, 5432, 8443} & {way.port for way in world}


@EACH
def test_hosts_go_out_by_tls_and_to_the_peers_that_let_them_in(stack: str) -> None:
    out = described(stack).ways(egress=True)
    hosts = {host.name for host in plans.settings(stack).hosts}
    world = {way for way in out if way.to in WORLD}
    assert world == {Way(host, network, "tcp", 443) for host in hosts for network in WORLD}, "mirror, ACME, S3"
    assert out - world == {way for way in declared(plans.settings(stack)) if way.source in hosts | {"tunnel"}}, (
        "as narrow as it works"
    )


@EACH
def test_every_rule_says_why_and_is_tagged(stack: str) -> None:
    """moto leaves a rule's description out where it lists rules, and has it where it lists groups."""
    whys = {line.why for line in exposure.load()}
    groups = emulated.of(emulated.exists().ec2["groups"], stack)
    assert set(_said(groups, "IpPermissions")) <= whys, "whoever finds one in a console can look it up"
    assert set(_said(groups, "IpPermissionsEgress")) - whys == {"The OS mirror, ACME and S3, all of them by TLS"}
    for rule in [*described(stack).of(egress=False), *described(stack).of(egress=True)]:
        assert emulated.tags(rule)["environment"] == stack


def _said(groups: list[Thing], direction: str) -> list[str]:
    kinds = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")
    permissions = [each for group in groups for each in group[direction]]
    found = [source.get("Description", "") for each in permissions for kind in kinds for source in each[kind]]
    assert found, "no rule was looked at"
    return found


@EACH
def test_the_group_that_a_network_is_born_with_lets_nothing_through(stack: str) -> None:
    groups = emulated.of(emulated.exists().ec2["groups"], stack)
    (default,) = [one for one in groups if one["GroupName"] == "default"]
    assert default["IpPermissions"] == []
    assert default["IpPermissionsEgress"] == []
    assert default["GroupId"] not in described(stack).members, "nobody is in it either"


@EACH
def test_no_subnet_hands_out_addresses_by_itself(stack: str) -> None:
    subnets = emulated.of(emulated.exists().ec2["subnets"], stack)
    assert len({one["AvailabilityZone"] for one in subnets}) == 2, "a zone may fail"
    for one in subnets:
        assert one["MapPublicIpOnLaunch"] is False
        assert one["AssignIpv6AddressOnCreation"] is False
        (ipv6,) = one["Ipv6CidrBlockAssociationSet"]
        assert ipv6["Ipv6CidrBlock"].endswith("/64")


@EACH
def test_private_subnets_have_no_way_in(stack: str) -> None:
    """Out over IPv6 through the gateway that lets nobody in, and to S3; only public ones know the internet gateway."""
    there = emulated.exists().ec2
    sides: dict[str, list[dict[str, str]]] = {"public": [], "private": []}
    names = {one["SubnetId"]: emulated.tags(one)["Name"] for one in emulated.of(there["subnets"], stack)}
    for table in emulated.of(there["tables"], stack):
        for association in table["Associations"]:
            sides[names[association["SubnetId"]].split("-")[-2]].append(_targets(table))
    assert [len(found) for found in sides.values()] == [2, 2], "each subnet has a table of its own side"
    for targets in sides["public"]:
        assert {targets[each].split("-")[0] for each in WORLD} == {"igw"}
    for targets in sides["private"]:
        assert "0.0.0.0/0" not in targets, "a NAT gateway costs more than all the rest"
        assert targets["::/0"].startswith("eigw-"), "an internet gateway would let the world in over IPv6"
    (endpoint,) = emulated.of(there["endpoints"], stack)
    assert len(endpoint["RouteTableIds"]) == 2, "both sides reach S3 without the internet"
    (statement,) = json.loads(endpoint["PolicyDocument"])["Statement"]
    own = emulated.exists().account
    assert statement["Condition"]["StringEquals"] == {"aws:PrincipalAccount": own, "aws:ResourceAccount": own}


def _targets(table: Thing) -> dict[str, str]:
    ways = ("GatewayId", "EgressOnlyInternetGatewayId", "NatGatewayId")
    return {
        route.get("DestinationCidrBlock") or route["DestinationIpv6CidrBlock"]: next(
            route[way] for way in ways if route.get(way)
        )
        for route in table["Routes"]
        if "DestinationPrefixListId" not in route
    }


def test_prod_keeps_a_record_of_who_talked_to_whom() -> None:
    there = emulated.exists()
    (log,) = emulated.of(there.ec2["flow_logs"], "aws-prod")
    (vpc,) = emulated.of(there.ec2["vpcs"], "aws-prod")
    assert log["ResourceId"] == vpc["VpcId"]
    assert log["TrafficType"] == "ALL", "what was let in matters as much as what was refused"
    group = next(one for one in there.log_groups if one["arn"].removesuffix(":*") == log["LogDestination"])
    assert group["retentionInDays"] >= 90
    role = next(one for one in there.roles if one["Arn"] == log["DeliverLogsPermissionArn"])
    assert role["RoleName"].startswith("aws-prod-flow-")


def test_log_groups_have_a_key_and_an_end() -> None:
    there = emulated.exists()
    (key,) = emulated.of(there.keys, "aws-prod")
    groups = emulated.of(there.log_groups, "aws-prod")
    assert len(groups) == 3, "flow logs, and two of the database's"
    for group in groups:
        assert group["kmsKeyId"] == key["Arn"], group["logGroupName"]
        assert 30 <= group["retentionInDays"] <= 400, "kept for ever they are paid for for ever"

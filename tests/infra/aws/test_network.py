"""The network that a stack's settings ask for. What the stacks' own come to is read back: test_exists_network.py."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest

from infra.aws import subnets
from rehearsal.program import Made
from tests.infra.aws import plans

NAT = ("NatGateway", "Eip")
OTHER: dict[str, Any] = {"cidr": "172.16.32.0/20", "zones": ["b", "c"]}


def routes(made: Made) -> dict[str, dict[str, str]]:
    """Side -> destination -> the name of the gateway."""
    found: dict[str, dict[str, str]] = {"public": {}, "private": {}}
    ways = ("gatewayId", "egressOnlyGatewayId", "natGatewayId")
    for route in plans.of(made, "Route"):
        (gateway,) = (route.inputs[way] for way in ways if way in route.inputs)
        destination = route.inputs.get("destinationCidrBlock") or route.inputs["destinationIpv6CidrBlock"]
        found[route.name.split("-")[-2]][destination] = gateway.rpartition("-")[0]
    return found


def test_private_hosts_leave_over_ipv4_only_where_somebody_pays_for_it() -> None:
    _, made = plans.changed("aws-prod", nat=True)
    assert routes(made)["private"] == {"::/0": "aws-prod-out", "0.0.0.0/0": "aws-prod-nat"}
    plain = plans.stack("aws-prod")
    assert routes(plain)["private"] == {"::/0": "aws-prod-out"}
    addresses = {one.name for one in plans.of(made, *NAT)} - {one.name for one in plans.of(plain, *NAT)}
    assert addresses == {"aws-prod-nat"}, "38 USD a month, and nobody asked"


@pytest.mark.parametrize("nat", [True, False])
def test_public_hosts_go_straight_to_the_internet(nat: bool) -> None:
    _, made = plans.changed("aws-dev", nat=nat)
    assert routes(made)["public"] == {"0.0.0.0/0": "aws-dev-internet", "::/0": "aws-dev-internet"}


def test_the_subnets_are_cut_from_the_settings_network_and_lie_in_its_zones() -> None:
    settings, made = plans.changed("aws-prod", **OTHER)
    (vpc,) = plans.of(made, "Vpc")
    assert vpc.inputs["cidrBlock"] == "172.16.32.0/20"
    assert vpc.inputs["assignGeneratedIpv6CidrBlock"] is True, "private hosts have no other way to the OS mirror"
    found = {one.name.removeprefix("aws-prod-"): one.inputs for one in plans.of(made, "Subnet")}
    cut = subnets.v4(settings.cidr)
    expected = {"public-b": cut.public[0], "public-c": cut.public[1]}
    expected |= {"private-b": cut.private[0], "private-c": cut.private[1]}
    assert {name: said["cidrBlock"] for name, said in found.items()} == expected
    assert {said["availabilityZone"][-1] for said in found.values()} == {"b", "c"}
    sixes = [ipaddress.IPv6Network(said["ipv6CidrBlock"]) for said in found.values()]
    assert len(set(sixes)) == len(sixes), "AWS refuses the same /64 twice"


@pytest.mark.parametrize("stack", plans.STACKS)
def test_a_subnet_is_used_once_it_has_its_way_out(stack: str) -> None:
    """A machine's first boot installs packages: without a route it fails, and nobody boots it again."""
    made = plans.stack(stack)
    ways = {one.urn for one in plans.of(made, "RouteTableAssociation")}
    for machine in plans.machines(made):
        assert ways & set(machine.references["subnetId"]), f"{machine.name} may start before its subnet has routes"
        assert any("Route::" in urn for urn in machine.references["subnetId"])


@pytest.mark.parametrize("tier", ["dev", "prod"])
def test_flow_logs_are_kept_in_prod(tier: str) -> None:
    """By the tier, not by the file's name."""
    _, made = plans.changed("aws-dev", tier=tier)
    logs = plans.of(made, "FlowLog")
    assert len(logs) == (tier == "prod"), "by the gigabyte, they cost; in dev nobody reads them"
    for log in logs:
        assert log.inputs["trafficType"] == "ALL", "what was let in matters as much as what was refused"

"""How an environment's networks are cut, and which zone a host lies in."""

from __future__ import annotations

import ipaddress
from itertools import combinations

import pytest

from infra import zones
from infra.aws import subnets
from infra.settings_rules import NARROWEST, WIDEST

HELD_BACK = 5  # addresses of each subnet that AWS keeps


@pytest.mark.parametrize("length", range(WIDEST, NARROWEST + 1))
def test_every_network_that_settings_allow_gives_four_subnets(length: int) -> None:
    whole = ipaddress.IPv4Network(f"10.20.0.0/{length}")
    cut = subnets.v4(str(whole))
    assert len(cut.public) == len(cut.private) == zones.ZONES == 2, "RDS wants two zones"
    parts = [ipaddress.IPv4Network(one) for one in (*cut.public, *cut.private)]
    assert all(one.subnet_of(whole) for one in parts), "AWS refuses a subnet outside its VPC"
    assert not any(one.overlaps(other) for one, other in combinations(parts, 2)), "... and two that overlap"
    assert min(one.num_addresses for one in parts) - HELD_BACK >= 59, "a small network holds more than `limits.hosts`"


def test_ipv6_subnets_are_64s_of_their_own() -> None:
    whole = ipaddress.IPv6Network("2001:db8:1200:ff00::/56")
    parts = [ipaddress.IPv6Network(subnets.v6(str(whole), number)) for number in range(subnets.COUNT)]
    assert {one.prefixlen for one in parts} == {64}, "AWS takes no other length"
    assert len(set(parts)) == subnets.COUNT
    assert all(one.subnet_of(whole) for one in parts)
    assert str(parts[1]) == "2001:db8:1200:ff01::/64"

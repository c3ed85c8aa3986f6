"""Cuts an environment's networks into subnets: a public and a private one in each of two zones."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from infra.zones import ZONES

COUNT = 2 * ZONES


@dataclass(frozen=True)
class Subnets:
    """CIDR texts, one a zone."""

    public: list[str]
    private: list[str]


def v4(cidr: str) -> Subnets:
    """Four quarters of `cidr`: a /16 holds 16,379 hosts in each, a /24 holds 59 (AWS keeps five for itself)."""
    quarters = [str(one) for one in ipaddress.IPv4Network(cidr).subnets(prefixlen_diff=2)]
    return Subnets(public=quarters[:ZONES], private=quarters[ZONES:])


def v6(cidr: str, number: int) -> str:
    """The /64, the one length that a subnet may have, with this number in the /56 that AWS gave the VPC."""
    network = ipaddress.IPv6Network(cidr)
    return f"{network[number << 64]}/64"

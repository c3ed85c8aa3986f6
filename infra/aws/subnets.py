"""Cuts an environment's networks into subnets: a public and a private one in each of two zones."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

ZONES = 2
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


def zone(host: str) -> int:
    """The number of the zone that a host lies in, by its name alone: app1 in the first, app2 in the second.

    A volume can't leave its zone, so where a host lies must not change when another one is added or removed.
    """
    number = re.search(r"\d+$", host)
    return (int(number[0]) - 1) % ZONES if number else 0

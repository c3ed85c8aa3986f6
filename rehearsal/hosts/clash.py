"""Does an environment's network fit beside what is there? Pure functions over what `ip -json` says."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from typing import Any

from rehearsal.hosts.errors import HostsError

NOTHING = "nothing was made"


def check_range(subnet: str, routes: Iterable[Mapping[str, Any]], bridge: str) -> None:
    """Refuse a range that overlaps a route or an address of another interface than `bridge`."""
    wanted = ip_network(subnet)
    for route in routes:
        destination = route.get("dst", "default")
        if destination == "default" or route.get("dev") == bridge:
            continue
        there = ip_network(destination, strict=False)
        if there.version == wanted.version and there.prefixlen > 0 and there.overlaps(wanted):
            raise HostsError(
                f"the range {wanted} overlaps {there} on {route.get('dev', 'this machine')}",
                NOTHING,
                f"choose a free subnet{wanted.version} (and addresses) in rehearsal.yml",
            )


def check_bridge(bridge: str, links: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a bridge name that an interface has already."""
    for link in links:
        if link["ifname"] == bridge:
            raise HostsError(
                f"an interface named {bridge} is there already and is not this environment's",
                NOTHING,
                "choose another bridge in rehearsal.yml",
            )


def check_claims(environment: str, wanted: Mapping[str, Any], claims: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a bridge or a range that another environment has, standing or stopped."""
    for name, claim in claims.items():
        if name == environment:
            continue
        same = claim["bridge"] == wanted["bridge"]
        overlap = any(ip_network(claim[key]).overlaps(ip_network(wanted[key])) for key in ("subnet4", "subnet6"))
        if same or overlap:
            raise HostsError(
                f"the environment {name} has " + (f"the bridge {claim['bridge']}" if same else "an overlapping range"),
                NOTHING,
                f"choose another {'bridge' if same else 'subnet4 and subnet6'} in rehearsal.yml,"
                f" or remove {name}: destroy --environment {name}",
            )

"""What Google tells of each resource that it has made: a small function for each type, by its token."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.errors import OperationError
from rehearsal.gcp import names
from rehearsal.gcp.names import API, Project
from rehearsal.program import Resource
from rehearsal.registry import Registry

Told = tuple[str, dict[str, Any]]
PUBLIC = "198.18.0.0/15"
"""For benchmarks (RFC 2544): static addresses of a rehearsal lead nowhere."""


@dataclass(frozen=True)
class Record:
    """A resource that is being made, and what is there already."""

    project: Project
    registry: Registry
    resource: Resource

    @property
    def inputs(self) -> Mapping[str, Any]:
        return self.resource.inputs

    @property
    def name(self) -> str:
        return names.physical(self.resource)

    def others(self, token: str) -> list[dict[str, Any]]:
        """The outputs of all of a type that are there."""
        return [entry.outputs for entry in self.registry.entries() if entry.type == token]


RECORDS: dict[str, Callable[[Record], Told]] = {}


def tells(token: str) -> Callable[[Callable[[Record], Told]], Callable[[Record], Told]]:
    """Registers what is told of a type, such as gcp:compute/network:Network."""

    def register(function: Callable[[Record], Told]) -> Callable[[Record], Told]:
        RECORDS[token] = function
        return function

    return register


def made(record: Record, collection: str, where: str = "", **more: Any) -> Told:
    """A resource of Compute Engine."""
    path = record.project.path(collection, record.name, where)
    number = names.number(record.resource)
    return path, {"name": record.name, "project": record.project.id, "selfLink": f"{API}/{path}", **more} | (
        {"instanceId": number} if collection == "instances" else {}
    )


def free(record: Record, network: str, first: int, taken: set[str]) -> str:
    """The next address of a network that nobody has, from its `first` on. Raises OperationError if there is none."""
    whole = ipaddress.IPv4Network(network)
    for offset in range(first, whole.num_addresses - 2):  # Google keeps the last two for itself
        if (found := str(whole[offset])) not in taken:
            return found
    raise OperationError(
        f"{network} has no address left for {record.resource.name}.",
        "It was not made.",
        "Give the environment a wider `shoestring:cidr`.",
    )


def inside(record: Record) -> set[str]:
    """The private addresses that are taken."""
    addresses = record.others("gcp:compute/address:Address")
    instances = record.others("gcp:compute/instance:Instance")
    interfaces = [one for instance in instances for one in instance["networkInterfaces"]]
    return {one["address"] for one in addresses} | {one["networkIp"] for one in interfaces}


def subnet(record: Record, identity: str) -> str:
    """The range of a subnetwork, by its id."""
    found = record.registry.entries()
    return next(str(one.inputs["ipCidrRange"]) for one in found if one.id == identity)


def public(record: Record) -> str:
    """A static address that nobody has."""
    taken = {one["address"] for one in record.others("gcp:compute/address:Address")}
    whole = ipaddress.IPv4Network(PUBLIC)
    while (found := str(whole[1 + secrets.randbelow(whole.num_addresses - 2)])) in taken:
        pass
    return found

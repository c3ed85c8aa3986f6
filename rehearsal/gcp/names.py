"""How Google names what was made: the ids and self links of resources, as pulumi-gcp hands them on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from rehearsal.program import Resource

API = "https://www.googleapis.com/compute/v1"


@dataclass(frozen=True)
class Project:
    """`id`; `number`: what Google's own accounts in it are called by; `region`: of the environment."""

    id: str
    region: str

    @property
    def number(self) -> str:
        """Twelve digits, the same for one project always."""
        return str(10**11 + int(digest(self.id), 16) % (9 * 10**11))

    def path(self, collection: str, name: str, where: str = "") -> str:
        """projects/p/zones/z/instances/n: of a resource in a zone, a region, or (without `where`) everywhere."""
        place = f"zones/{where}" if where.count("-") > 1 else f"regions/{where}" if where else "global"
        return f"projects/{self.id}/{place}/{collection}/{name}"


def digest(text: str) -> str:
    """Hexadecimal, the same for the same text: a rehearsal that is continued gives nothing another name."""
    return hashlib.sha256(text.encode()).hexdigest()


def physical(resource: Resource, given: str = "name") -> str:
    """The name in the cloud: the program's, or as Pulumi makes one up: the logical name and 7 hexadecimal digits."""
    return str(resource.inputs.get(given) or f"{resource.name}-{digest(resource.urn)[:7]}")


def number(resource: Resource) -> str:
    """The number that Compute Engine gives a resource: one that is made anew has another."""
    return str(10**18 + int(digest(f"number of {resource.urn}"), 16) % (8 * 10**18))

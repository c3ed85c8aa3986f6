"""A Footprint as far as it can be read, for rules that must work on broken files too.

What has a wrong type counts as absent: its field says so already.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.fields import MOST_HOSTS, MOST_NETWORKS, MOST_VOLUMES

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Seen:
    """A host. Addresses are normalized; what is missing or unreadable is empty."""

    path: str
    name: str
    groups: list[str]
    address: str
    public_address: str
    ssh: Document
    volumes: list[Document]

    @property
    def jump(self) -> str:
        """The name of the host to jump through, or nothing."""
        return text(mapping(mapping(self.ssh.get("via")).get("jump")).get("host"))

    @property
    def direct(self) -> bool:
        """Whether the controller connects to it straight away."""
        return bool(self.ssh) and self.ssh.get("via", "direct") == "direct"


@dataclass(frozen=True)
class View:
    """What every rule gets: the document as the file has it, and its hosts."""

    document: Document
    hosts: list[Seen]

    @classmethod
    def of(cls, document: Document) -> View:
        """The view of a document of JSON types."""
        return cls(document, list(_hosts(document)))


def _hosts(document: Document) -> Iterator[Seen]:
    for index, host in enumerate(entries(document.get("hosts"))[:MOST_HOSTS]):
        host = mapping(host)
        yield Seen(
            f"hosts[{index}]",
            text(host.get("name")),
            texts(host.get("groups")),
            address(host.get("address")),
            address(host.get("public_address")),
            mapping(host.get("ssh")),
            [mapping(volume) for volume in entries(host.get("volumes"))[:MOST_VOLUMES]],
        )


def mapping(value: object) -> Document:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def entries(value: object) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """The value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> list[str]:
    """The texts of a list."""
    return [item for item in entries(value) if isinstance(item, str)]


def address(value: object) -> str:
    """An IP address in its normal form, or nothing."""
    try:
        return str(ipaddress.ip_address(text(value)))
    except ValueError:
        return ""


def networks(value: object) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """The valid networks of a list."""
    found = []
    for item in texts(value)[:MOST_NETWORKS]:
        try:
            found.append(ipaddress.ip_network(item))
        except ValueError:
            continue  # its own field says so
    return found

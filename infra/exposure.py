"""Who may reach what: reads stacks/exposure.yml and works out, for each host, what its firewall lets in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from pydantic import Field, TypeAdapter, ValidationError

from infra import documents
from infra.addresses import Group
from infra.explain import explain
from infra.fields import Part, word
from infra.footprint import Footprint
from infra.hosts import IAP, Host, IdentityAwareProxy, Jump, Tunnel
from infra.problems import WHOLE_FILE, ExposureError, Problem
from infra.seen import entries, mapping

MOST_LINES = 200
# Where a group's service listens when the table opens nothing to it any more: on closed ports, for its own host alone.
UNLISTED = {"proxy": 443, "service": 8443, "database": 5432, "bucket": 7070}
FILE = Path(__file__).resolve().parent.parent / "stacks" / "exposure.yml"


class Exposure(Part):
    """One line of the table: `source` may reach `port` on every host in `to`."""

    source: Literal["world", "admin", "controller"] | Group = Field(alias="from", description="who may come in")
    to: Literal["all"] | Group = Field(description="where to: a group, or all hosts")
    protocol: Literal["tcp", "udp"]
    port: Annotated[int, Field(ge=1, le=65535, description="a port number from 1 to 65535", examples=[443])]
    why: Annotated[
        str,
        word(r"\S[^\n]{3,198}\S", "the reason, one line of 5 to 200 characters", "users ask for predictions"),
    ]


class Ingress(TypedDict):
    """What one firewall rule of a host needs; v4 and v6 are its sources in CIDR form, one may be empty."""

    protocol: str
    port: int
    v4: list[str]
    v6: list[str]
    why: str


TABLE = TypeAdapter(
    Annotated[
        list[Exposure],
        Field(
            min_length=1,
            max_length=MOST_LINES,
            description="a list of {from, to, protocol, port, why}",
            examples=[[{"from": "world", "to": "proxy", "protocol": "tcp", "port": 443, "why": "users come in"}]],
        ),
    ]
)


def load(path: Path = FILE) -> list[Exposure]:
    """The table in `path`. Raises ExposureError, which lists every problem of it."""
    document = documents.read(path, ExposureError)
    problems = list(_problems(document))
    try:
        table = TABLE.validate_python(document)
    except ValidationError as error:
        raise ExposureError(path, [*explain(error, document, TABLE.json_schema()), *problems]) from None
    if problems:
        raise ExposureError(path, problems)
    return table


def _problems(document: object) -> Iterator[Problem]:
    """Contradictions in a document of JSON types; what is of a wrong type is passed over."""
    first: dict[str, int] = {}
    lines = [mapping(line) for line in entries(document)][:MOST_LINES]
    for index, line in enumerate(lines):
        source, to = line.get("from"), line.get("to")
        opening = f"{source} to {to} at {line.get('port')}/{line.get('protocol')}"
        if first.setdefault(opening, index) != index:
            fix = "delete one of the two, and keep both reasons"
            yield Problem(f"[{index}]", f"{opening}, as in [{first[opening]}]", "each opening once", fix)
        if source == "world" and to != "proxy":
            fix = "let the world reach proxy, and proxy reach it"
            yield Problem(f"[{index}].to", f"{to}, open to the world", "proxy, the only public door", fix)
    if not any(line.get("from") == "controller" and line.get("to") == "all" for line in lines):
        fix = "add {from: controller, to: all, protocol: tcp, port: 22, why: Ansible configures the hosts}"
        yield Problem(WHOLE_FILE, "no line that lets the controller in everywhere", "SSH for the controller", fix)


def ports(table: list[Exposure]) -> dict[str, int]:
    """Per group the port that its own service listens on: the first that the table opens to it."""
    return UNLISTED | {line.to: line.port for line in reversed(table)}


def ingress(table: list[Exposure], footprint: Footprint) -> dict[str, list[Ingress]]:
    """Per host name what may come in, in the table's order. A line whose source is empty opens nothing."""
    return {host.name: list(_of(table, footprint, host)) for host in footprint.hosts}


def _of(table: list[Exposure], footprint: Footprint, host: Host) -> Iterator[Ingress]:
    for line in table:
        if line.to == "all" or line.to in host.groups:
            sources = [ipaddress.ip_network(text) for text in _sources(line.source, footprint, host)]
            # nft refuses an interval set whose elements overlap
            widest = [one for one in sources if not any(one != other and _within(one, other) for other in sources)]
            v4, v6 = ([str(one) for one in dict.fromkeys(widest) if one.version == version] for version in (4, 6))
            if v4 or v6:
                yield {"protocol": line.protocol, "port": line.port, "v4": v4, "v6": v6, "why": line.why}


def _within(one: ipaddress.IPv4Network | ipaddress.IPv6Network, other: object) -> bool:
    return type(one) is type(other) and one.subnet_of(other)  # type: ignore[arg-type]  # the same type on both sides


def _sources(source: str, footprint: Footprint, host: Host) -> list[str]:
    network = footprint.network
    if source == "world":
        return network.public_cidrs
    if source == "admin":
        return network.admin_cidrs
    if source == "controller":
        match host.ssh.via:
            case Jump(jump=through):
                return [one.address for one in footprint.hosts if one.name == through.host]
            case Tunnel(tunnel=IdentityAwareProxy()):
                return [IAP]
            case Tunnel():  # its end is an interface in the network
                return network.private_cidrs
        return network.admin_cidrs
    return [one.address for one in footprint.hosts if source in one.groups]


def shut_out(table: list[Exposure], footprint: Footprint) -> Iterator[Problem]:
    """A problem for every host whose firewall, made from the table, would keep the controller out.

    Where SSH has an address of its own, its port may be a forwarded one and says nothing of sshd's.
    """
    ports = {line.port for line in table if line.source == "controller" and line.protocol == "tcp"}
    for index, host in enumerate(footprint.hosts):
        if host.ssh.address == host.address and host.ssh.port not in ports:
            line = f"{{from: controller, to: all, protocol: tcp, port: {host.ssh.port}, why: Ansible}}"
            fix = f"add {line} to stacks/exposure.yml, or correct the port"
            found = f"{host.ssh.port}, which stacks/exposure.yml does not open to the controller"
            yield Problem(f"hosts[{index}].ssh.port", found, f"one of {sorted(ports)}", fix)

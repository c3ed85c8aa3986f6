"""Security groups: stacks/exposure.yml, said in AWS's words. What the table does not name stays closed.

There is one group per kind of host (its set of Ansible groups), and a host is in no other: AWS puts a machine into
five at most, and a host may have eight Ansible groups.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.aws.identity import kind
from infra.aws.network import Network
from infra.exposure import Exposure
from infra.settings import HostSetting, Settings

TUNNEL, DATABASE = "tunnel", "database"
"""The security groups of what is no host: the tunnel's end in the network, and a managed database."""
LONGEST = 255  # characters of a description
FORBIDDEN = re.compile(r"[^a-zA-Z0-9. _\-:/()#,@\[\]+=;{}!$*]")  # ... which may hold no others


@dataclass(frozen=True)
class Opening:
    """`source`, a security group or a network in CIDR form, may reach `port` of the members of the group `to`."""

    source: str
    to: str
    protocol: str
    port: int
    why: str

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
        return ipaddress.ip_network(self.source) if "/" in self.source else None

    @property
    def description(self) -> str:
        return FORBIDDEN.sub("-", self.why)[:LONGEST]


def openings(settings: Settings, table: list[Exposure]) -> list[Opening]:
    """The table for these hosts. AWS refuses the same rule twice, so lines that come to the same share one."""
    whys: dict[tuple[str, str, str, int], list[str]] = {}
    for line in table:
        for to in _targets(settings, line.to):
            for source in _sources(settings, line.source, to):
                whys.setdefault((source, to, line.protocol, line.port), []).append(line.why)
    return [Opening(*opening, "; ".join(dict.fromkeys(why))) for opening, why in whys.items()]


def _kinds(settings: Settings, group: str = "all") -> list[str]:
    return list(dict.fromkeys(kind(host.groups) for host in settings.hosts if group in ("all", *host.groups)))


def _targets(settings: Settings, to: str) -> list[str]:
    managed = to == DATABASE and settings.database == "managed"
    return [DATABASE] if managed else _kinds(settings, to)


def _sources(settings: Settings, source: str, to: str) -> list[str]:
    if source == "controller":
        if settings.ssh == "tunnel":
            return [TUNNEL]
        jumps = settings.ssh == "jump" and to not in _kinds(settings, "proxy")
        return _kinds(settings, "proxy") if jumps else settings.admin_cidrs
    networks = {"world": settings.public_cidrs, "admin": settings.admin_cidrs}
    return networks[source] if source in networks else _kinds(settings, source)


@dataclass(frozen=True)
class ExposedArgs:
    settings: Settings
    table: list[Exposure]
    network: Network


class Exposed(pulumi.ComponentResource):
    """`groups_of(host)`: its security groups. `database`, `tunnel`: those of what is no host, or None."""

    def __init__(self, name: str, args: ExposedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:aws:Exposed", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        settings = args.settings
        kinds = {kind(host.groups): ", ".join(sorted(host.groups)) for host in settings.hosts}
        self.groups = {each: self._group(each, f"Hosts in {groups}") for each, groups in kinds.items()}
        self.database = self.tunnel = None
        if settings.database == "managed":  # and so no host's kind is called that
            self.database = self.groups[DATABASE] = self._group(DATABASE, "The managed database")
        if settings.ssh == "tunnel":
            self.tunnel = self.groups[TUNNEL] = self._group(TUNNEL, "The end of the SSH tunnel")
        for opening in openings(settings, args.table):
            self._open(opening)
        for each in kinds:
            self._let_out(each)
        self.register_outputs({})

    def groups_of(self, host: HostSetting) -> list[pulumi.Output[str]]:
        return [self.groups[kind(host.groups)]]

    def _group(self, group: str, description: str) -> pulumi.Output[str]:
        title = naming.name(self._name, group)
        made = aws.ec2.SecurityGroup(
            title,
            vpc_id=self._args.network.vpc_id,
            description=description,
            tags=naming.tags(self._args.settings, title),
            opts=self._child,
        )
        return made.id

    def _open(self, opening: Opening) -> None:
        network = opening.network
        source = opening.source if network is None else _word(network)
        title = naming.name(self._name, opening.to, "from", source, f"{opening.port}{opening.protocol}")
        aws.vpc.SecurityGroupIngressRule(
            title,
            security_group_id=self.groups[opening.to],
            referenced_security_group_id=self.groups[opening.source] if network is None else None,
            cidr_ipv4=opening.source if network and network.version == 4 else None,
            cidr_ipv6=opening.source if network and network.version == 6 else None,
            ip_protocol=opening.protocol,
            from_port=opening.port,
            to_port=opening.port,
            description=opening.description,
            tags=naming.tags(self._args.settings, title),
            opts=self._child,
        )
        if network is None:  # and so its peer may go there
            title = naming.name(self._name, opening.source, "to", opening.to, f"{opening.port}{opening.protocol}")
            aws.vpc.SecurityGroupEgressRule(
                title,
                security_group_id=self.groups[opening.source],
                referenced_security_group_id=self.groups[opening.to],
                ip_protocol=opening.protocol,
                from_port=opening.port,
                to_port=opening.port,
                description=opening.description,
                tags=naming.tags(self._args.settings, title),
                opts=self._child,
            )

    def _let_out(self, group: str) -> None:
        """DNS and time come from the network itself (169.254.169.x), which no security group filters."""
        for version, everybody in ((4, {"cidr_ipv4": "0.0.0.0/0"}), (6, {"cidr_ipv6": "::/0"})):
            title = naming.name(self._name, group, "out", f"v{version}")
            aws.vpc.SecurityGroupEgressRule(
                title,
                security_group_id=self.groups[group],
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                description="The OS mirror, ACME and S3, all of them by TLS",
                tags=naming.tags(self._args.settings, title),
                opts=self._child,
                **everybody,
            )


def _word(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str:
    """A network as part of a resource's name, in which Pulumi gives `::` a meaning."""
    return re.sub(r"[:/]", "-", str(network)) if network.prefixlen else f"v{network.version}"

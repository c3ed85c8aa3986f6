"""Firewall rules: stacks/exposure.yml, said in Google's words. What the table does not name stays closed.

There is one service account per kind of host (its set of Ansible groups), and rules name these: unlike a network tag,
nobody puts one on a machine who may not act as it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra import naming
from infra.exposure import Exposure
from infra.gcp.identity import Identity
from infra.gcp.network import Network
from infra.gcp.shared import kind
from infra.hosts import IAP
from infra.settings_clouds import Gcp

DATABASE = "database"
"""What stands for a managed database, which is an address and no machine."""
EVERYBODY = "0.0.0.0/0"
LONGEST = 63 - 8  # letters of a rule's name, and Pulumi's suffix (cloud.google.com/compute/docs/naming-resources)
CLOSED, OPEN = 65_000, 1_000
"""Priorities: the lower one wins."""


@dataclass(frozen=True)
class Opening:
    """`sources`, kinds of hosts or networks in CIDR form, may reach `port` of the hosts of the kind `to`."""

    sources: tuple[str, ...]
    to: str
    protocol: str
    port: int
    why: str

    @property
    def networks(self) -> list[str]:
        return [source for source in self.sources if "/" in source]

    @property
    def kinds(self) -> list[str]:
        return [source for source in self.sources if "/" not in source]


def openings(settings: Gcp, table: list[Exposure]) -> list[Opening]:
    """The table for these hosts, one for each port of each kind. There is no IPv6 here, and so no source of it."""
    found: dict[tuple[str, str, int], tuple[list[str], list[str]]] = {}
    for line in table:
        for to in _targets(settings, line.to):
            sources, whys = found.setdefault((to, line.protocol, line.port), ([], []))
            sources += _sources(settings, line.source, to)
            whys.append(line.why)
    return [
        Opening(tuple(dict.fromkeys(sources)), *place, "; ".join(dict.fromkeys(whys)))
        for place, (sources, whys) in found.items()
        if sources
    ]


def _kinds(settings: Gcp, group: str = "all") -> list[str]:
    return list(dict.fromkeys(kind(host.groups) for host in settings.hosts if group in ("all", *host.groups)))


def _targets(settings: Gcp, to: str) -> list[str]:
    managed = to == DATABASE and settings.database == "managed"
    return [DATABASE] if managed else _kinds(settings, to)


def _sources(settings: Gcp, source: str, to: str) -> list[str]:
    if source == "controller":
        if settings.ssh == "tunnel":
            return [IAP]
        jumps = settings.ssh == "jump" and to not in _kinds(settings, "proxy")
        return _kinds(settings, "proxy") if jumps else _v4(settings.admin_cidrs)
    networks = {"world": settings.public_cidrs, "admin": settings.admin_cidrs}
    return _v4(networks[source]) if source in networks else _kinds(settings, source)


def _v4(networks: list[str]) -> list[str]:
    return [one for one in networks if ipaddress.ip_network(one).version == 4]


@dataclass(frozen=True)
class ExposedArgs:
    """`identities`: by kind of host. `database`: the address of a managed one."""

    settings: Gcp
    table: list[Exposure]
    network: Network
    identities: dict[str, Identity]
    database: pulumi.Input[str] | None


class Exposed(pulumi.ComponentResource):
    """The rules, in both directions: what comes in, and what goes out."""

    def __init__(self, name: str, args: ExposedArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:gcp:Exposed", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._close()
        for opening in openings(args.settings, args.table):
            if opening.to != DATABASE or args.database is None:
                self._open(opening)
            self._let_go(opening)
        self.register_outputs({})

    def _emails(self, kinds: list[str]) -> list[pulumi.Output[str]]:
        return [self._args.identities[each].email for each in kinds]

    def _title(self, opening: Opening, way: str) -> str:
        """A kind of host may have many groups, and so a long name."""
        end = f"-{way}-{opening.port}{opening.protocol}"
        return naming.shortened(naming.name(self._name, opening.to), LONGEST - len(end)) + end

    def _close(self) -> None:
        """Said, and not left to what Google implies: in is closed without a trace, out is open to everybody."""
        self._deny("INGRESS", sources=[EVERYBODY])
        self._deny("EGRESS", destinations=[EVERYBODY])
        # Name servers, time and metadata are at 169.254.169.254, which no rule filters.
        gcp.compute.Firewall(
            naming.name(self._name, "out"),
            network=self._args.network.vpc_id,
            direction="EGRESS",
            priority=OPEN,
            allows=[{"protocol": "tcp", "ports": ["443"]}],
            destination_ranges=[EVERYBODY],
            description="The OS mirror, ACME and Google's APIs, all of them by TLS",
            opts=self._child,
        )

    def _deny(
        self, direction: str, sources: Sequence[str] | None = None, destinations: Sequence[str] | None = None
    ) -> None:
        gcp.compute.Firewall(
            naming.name(self._name, "no", direction.lower()),
            network=self._args.network.vpc_id,
            direction=direction,
            priority=CLOSED,
            denies=[{"protocol": "all"}],
            log_config={"metadata": "EXCLUDE_ALL_METADATA"} if self._args.settings.prod else None,
            description="What exposure.yml does not name",
            source_ranges=sources,
            destination_ranges=destinations,
            opts=self._child,
        )

    def _open(self, opening: Opening) -> None:
        gcp.compute.Firewall(
            self._title(opening, "in"),
            network=self._args.network.vpc_id,
            direction="INGRESS",
            priority=OPEN,
            allows=[{"protocol": opening.protocol, "ports": [str(opening.port)]}],
            source_ranges=opening.networks or None,
            source_service_accounts=self._emails(opening.kinds) or None,
            target_service_accounts=self._emails([opening.to]),
            description=_described(opening.why),
            opts=self._child,
        )

    def _let_go(self, opening: Opening) -> None:
        """The other end of an opening between hosts. Google knows no accounts there: the network, or one address."""
        if not opening.kinds:
            return
        whole: pulumi.Input[str] = self._args.network.vpc_cidr
        if opening.to == DATABASE and self._args.database is not None:
            whole = pulumi.Output.concat(self._args.database, "/32")
        gcp.compute.Firewall(
            self._title(opening, "out"),
            network=self._args.network.vpc_id,
            direction="EGRESS",
            priority=OPEN,
            allows=[{"protocol": opening.protocol, "ports": [str(opening.port)]}],
            destination_ranges=[whole],
            target_service_accounts=self._emails(opening.kinds),
            description=_described(opening.why),
            opts=self._child,
        )


def _described(why: str) -> str:
    return re.sub(r"\s+", " ", why)[:2048]  # characters that a description may have

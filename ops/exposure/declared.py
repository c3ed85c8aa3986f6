"""What stacks/exposure.yml and the Footprint say is open: to an address, and in the table's own words."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from infra import exposure
from infra.exposure import Exposure, Ingress
from infra.footprint import Footprint
from infra.hosts import Host
from infra.stores import ManagedDatabase

CONTROLLER = "controller"
MANAGED = "the managed database"
# A machine that gets its address by DHCP listens for the answer.
DHCP_CLIENTS = {68: "dhclient", 546: "dhclient"}


@dataclass(frozen=True)
class Declared:
    """The table and the Footprint, and each host's rules from both."""

    table: list[Exposure]
    footprint: Footprint
    rules: dict[str, list[Ingress]]

    @classmethod
    def of(cls, footprint: Footprint, table: list[Exposure]) -> Declared:
        return cls(table, footprint, exposure.ingress(table, footprint))

    def ports(self, protocol: str) -> set[int]:
        """Every port that the table names."""
        return {line.port for line in self.table if line.protocol == protocol}

    def group_ports(self, host: Host, protocol: str) -> set[int]:
        """What the table opens on a host to anybody: what may listen there."""
        return {line.port for line in self.table if line.protocol == protocol and line.to in {"all", *host.groups}}

    def open_to(self, target: str, source: str, address: str, protocol: str) -> set[int]:
        """The ports of `target` that are open to the host or controller `source`, which comes from `address`."""
        if target == MANAGED:  # its cloud's rules name groups, which have members of any address
            groups = self.groups(source)
            lines = [line for line in self.table if line.to == "database" and line.protocol == protocol]
            assert isinstance(self.footprint.database, ManagedDatabase)
            return {self.footprint.database.port} if any(line.source in groups for line in lines) else set()
        one = ip_address(address)
        return {rule["port"] for rule in self.rules[target] if rule["protocol"] == protocol and _lets_in(rule, one)}

    def from_outside(self, target: str, protocol: str) -> set[int]:
        """What is open to some address outside: to the world, and to administrators if they come without a tunnel."""
        host = next(host for host in self.footprint.hosts if host.name == target)
        words = {"world", "admin", "controller"} if host.ssh.via == "direct" else {"world"}
        lines = [line for line in self.table if line.source in words and line.to in {"all", *host.groups}]
        return {line.port for line in lines if line.protocol == protocol}

    def groups(self, name: str) -> set[str]:
        return {group for host in self.footprint.hosts if host.name == name for group in host.groups}

    def known(self, address: str) -> bool:
        """Whether the Footprint knows who comes from `address`. Behind a NAT the controller is seen by another."""
        network = self.footprint.network
        one = ip_address(address)
        inside = [ip_network(text) for text in (*network.private_cidrs, *network.admin_cidrs)]
        return any(one in each for each in inside)

    def line(self, source: str, target: str, protocol: str, port: int) -> str:
        """The line of the table that would open it."""
        return f"{{from: {self._word(source)}, to: {self._word(target)}, protocol: {protocol}, port: {port}, why: ...}}"

    def _word(self, name: str) -> str:
        groups = [group for host in self.footprint.hosts if host.name == name for group in host.groups]
        return groups[0] if groups else "database" if name == MANAGED else name


def _lets_in(rule: Ingress, address: IPv4Address | IPv6Address) -> bool:
    return any(address in ip_network(cidr) for cidr in rule["v4" if address.version == 4 else "v6"])

"""What a set of Google's firewall rules opens, with the denials among them taken off."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.hosts import IAP
from ops.cloud.ways import TUNNEL, Way

ALL = "all"
PORTS = range(65536)
NUMBERS = {"1": "icmp", "6": "tcp", "17": "udp"}  # a rule may name a protocol by its number
IN_PART = "{}, in part"
"""A port that a denial closes to some of those who are let in: neither what is declared, nor shut."""
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Member:
    """A machine of the network."""

    name: str
    addresses: frozenset[str]
    accounts: frozenset[str]
    tags: frozenset[str]


@dataclass(frozen=True)
class Traffic:
    """A protocol, or all of them, and a range of its ports."""

    protocol: str
    ports: range

    @property
    def words(self) -> tuple[str, int | str]:
        if self.ports == PORTS:
            return self.protocol, ALL
        first, last = self.ports[0], self.ports[-1]
        return self.protocol, first if first == last else f"{first}-{last}"

    def covers(self, other: Traffic) -> bool:
        inside = self.ports[0] <= other.ports[0] and other.ports[-1] <= self.ports[-1]
        return self.protocol in (ALL, other.protocol) and inside

    def meets(self, other: Traffic) -> bool:
        apart = self.ports[-1] < other.ports[0] or other.ports[-1] < self.ports[0]
        return (self.protocol == other.protocol or ALL in (self.protocol, other.protocol)) and not apart


@dataclass(frozen=True)
class Rule:
    """`targets`: the names of the machines that it is for. `far`: whence, or for a way out whither: networks, and
    machines with the addresses that they come from. `out`: which of the two.
    """

    out: bool
    denies: bool
    priority: int
    targets: frozenset[str]
    far: Mapping[str, tuple[Network, ...]]
    traffic: tuple[Traffic, ...]

    @classmethod
    def of(cls, rule: Mapping[str, Any], members: Sequence[Member]) -> Rule:
        """From a rule as the API has it."""
        out = rule["direction"] == "EGRESS"
        accounts, tags = rule.get("targetServiceAccounts"), rule.get("targetTags")
        targets = {
            one.name
            for one in members
            if (not accounts and not tags) or one.accounts & set(accounts or ()) or one.tags & set(tags or ())
        }
        denied = rule.get("denied")
        return cls(
            out,
            bool(denied),
            int(rule.get("priority", 1000)),
            frozenset(targets),
            dict(_far(rule, members, out)),
            tuple(each for one in denied or rule.get("allowed", ()) for each in _traffic(one)),
        )

    def over(self, other: Rule) -> bool:
        """Whether this denial is asked before the other rule."""
        return self.denies and self.priority <= other.priority


def _far(rule: Mapping[str, Any], members: Sequence[Member], out: bool) -> Iterator[tuple[str, tuple[Network, ...]]]:
    """Name or network -> its networks. One who is named by an account or a tag that nobody has is nobody."""
    accounts, tags = set(rule.get("sourceServiceAccounts", ())), set(rule.get("sourceTags", ()))
    ranges = rule.get("destinationRanges" if out else "sourceRanges") or ()
    if not (ranges or accounts or tags):
        ranges = ["0.0.0.0/0"]
    for text in ranges:
        yield text, (ipaddress.ip_network(text, strict=False),)
    for one in members:
        if one.accounts & accounts or one.tags & tags:
            yield one.name, tuple(ipaddress.ip_network(address) for address in sorted(one.addresses))


def _traffic(one: Mapping[str, Any]) -> Iterator[Traffic]:
    said = str(one["IPProtocol"]).lower()
    protocol = NUMBERS.get(said, said)
    for text in one.get("ports") or [f"{PORTS[0]}-{PORTS[-1]}"]:
        first, _, last = str(text).partition("-")
        yield Traffic(protocol, range(int(first), int(last or first) + 1))


def opened(rules: Sequence[Rule], to: tuple[str, int] | None = None) -> set[Way]:
    """What they open: to their targets, or from them `to` an address's port."""
    found = set(_opened(rules, to))
    return {way for way in found if not _is_part(way) or way._replace(port=_whole(way)) not in found}


def _is_part(way: Way) -> bool:
    return str(way.port).endswith(IN_PART.format(""))


def _whole(way: Way) -> int | str:
    text = str(way.port).removesuffix(IN_PART.format(""))
    return int(text) if text.isdigit() else text


def _opened(rules: Sequence[Rule], to: tuple[str, int] | None) -> Iterator[Way]:
    denials = [one for one in rules if one.denies]
    for rule in rules:
        for name, networks in () if rule.denies else rule.far.items():
            if to is not None and not _reaches(networks, to[0]):
                continue
            there = networks if to is None else (ipaddress.ip_network(to[0]),)
            for traffic in rule.traffic:
                if to is not None and not traffic.meets(Traffic(ALL, range(to[1], to[1] + 1))):
                    continue
                for target in rule.targets:
                    protocol, port = traffic.words
                    stops = [one for one in denials if one.over(rule) and target in one.targets]
                    if any(_covers(one, there, traffic) for one in stops):
                        continue
                    word = IN_PART.format(port) if any(_meets(one, there, traffic) for one in stops) else port
                    source, end = (target, to[0]) if to is not None else (TUNNEL if name == IAP else name, target)
                    yield Way(source, end, protocol, word)


def _reaches(networks: Iterable[Network], address: str) -> bool:
    return any(ipaddress.ip_address(address) in one for one in networks)


def _covers(denial: Rule, networks: Sequence[Network], traffic: Traffic) -> bool:
    """Whether the denial closes all of it."""
    closed = [one for each in denial.far.values() for one in each]
    if not any(one.covers(traffic) for one in denial.traffic):
        return False
    return all(any(_within(one, wide) for wide in closed) for one in networks)


def _meets(denial: Rule, networks: Sequence[Network], traffic: Traffic) -> bool:
    """Whether the denial closes some of it."""
    closed = [one for each in denial.far.values() for one in each]
    return any(one.meets(traffic) for one in denial.traffic) and any(
        one.overlaps(other) for one in networks for other in closed
    )


def _within(one: Network, wide: Network) -> bool:
    return type(one) is type(wide) and one.subnet_of(wide)  # type: ignore[arg-type]  # the same type on both sides

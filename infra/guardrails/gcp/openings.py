"""Rules about the firewall: it says what stacks/exposure.yml says, and nothing else."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterator

from infra.addresses import SHORTEST_TRUSTED
from infra.guardrails.gcp import tokens
from infra.guardrails.rule import Fault, Rule, number
from infra.guardrails.stack import Resource, Stack
from infra.hosts import IAP
from infra.problems import shown
from infra.seen import entries, mapping, texts

NEVER = {22: "SSH", 5432: "PostgreSQL", 3389: "remote desktops"}
OUT = {("tcp", 443)}
"""Where every host may go: the OS mirror, ACME and Google's APIs, all of them by TLS."""
EVERYBODY = "0.0.0.0/0"


def _inward(rule: Resource) -> bool:
    return bool(rule.inputs.get("direction", "INGRESS") == "INGRESS")


def _ports(rule: Resource) -> set[tuple[str, int]]:
    """Every (protocol, port) that it allows; port 0 stands for all of a protocol, or for a range."""
    found: set[tuple[str, int]] = set()
    for each in map(mapping, entries(rule.inputs.get("allows"))):
        ports = texts(each.get("ports")) or ["all"]
        found |= {(str(each.get("protocol")), int(port) if port.isdigit() else 0) for port in ports}
    return found


def _networks(rule: Resource, name: str = "sourceRanges") -> list[str]:
    return texts(rule.inputs.get(name))


def _wide(text: str) -> bool:
    """Whether a network holds more than anybody owns; what is no network counts as one."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return True
    return bool(network.prefixlen < SHORTEST_TRUSTED[network.version])


def _kinds(rule: Resource, name: str, stack: Stack) -> list[set[str]]:
    """The Ansible groups of the hosts that run as each of an input's accounts; none for one that is not ours."""
    accounts = stack.made_from(rule, name, tokens.ACCOUNT)
    machines = [stack.users(account, tokens.INSTANCE, "serviceAccount") for account in accounts]
    hosts = [[host for host in map(stack.host, each) if host is not None] for each in machines]
    strangers = len(entries(rule.inputs.get(name))) - len(accounts)
    return [{str(group) for host in each for group in host.groups} for each in hosts] + [set()] * strangers


def _declared(stack: Stack, to: set[str], protocol: str, port: int) -> set[str]:
    """All that the table lets reach a port of these groups: groups, and networks."""
    settings = stack.settings
    found: set[str] = set()
    for line in stack.table:
        if (line.protocol, line.port) != (protocol, port) or not (line.to in to or (line.to == "all" and to)):
            continue
        if line.source == "controller":
            found |= {"tunnel": {IAP}, "jump": {"proxy", *settings.admin_cidrs}}.get(
                settings.ssh, set(settings.admin_cidrs)
            )
        elif line.source in ("world", "admin"):
            found |= set(settings.public_cidrs if line.source == "world" else settings.admin_cidrs)
        else:
            found.add(line.source)
    return found


def _comes_in(rule: Resource, stack: Stack) -> Iterator[Fault]:
    if not _inward(rule) or not rule.inputs.get("allows"):
        return
    targets, sources = (_kinds(rule, f"{name}ServiceAccounts", stack) for name in ("target", "source"))
    if not targets or not all(targets):
        yield Fault("it opens every machine, or none of this stack", "the service accounts of a kind of host")
        return
    if not sources and not _networks(rule):
        yield Fault("it names nobody", "service accounts of this stack, or networks")
    for to, (protocol, port) in itertools.product(targets, sorted(_ports(rule))):
        allowed = _declared(stack, to, protocol, port)
        strangers = [", ".join(sorted(groups)) or "an account of nobody" for groups in sources if not groups & allowed]
        strangers += [one for one in _networks(rule) if one not in allowed]
        if strangers:
            who = ", ".join(strangers)
            yield Fault(f"it lets {who} reach {_said(protocol, port)}, undeclared", "the lines of stacks/exposure.yml")


def _goes_out(rule: Resource, stack: Stack) -> Iterator[Fault]:
    if _inward(rule) or not rule.inputs.get("allows"):
        return
    ranges, own = _networks(rule, "destinationRanges"), ipaddress.IPv4Network(stack.settings.cidr)
    if not ranges:
        yield Fault("it leads everywhere", "443 by tcp to the world, and declared ports in the network")
    for text in ranges:
        inside = _within(text, own)
        ports = _ports(rule)
        if not inside and ports != OUT:
            yield Fault(f"it leads to {text} by {shown(sorted(ports))}", "443 by tcp, which is all that hosts need")
        for protocol, port in sorted(ports) if inside else []:
            lines = [line for line in stack.table if (line.protocol, line.port) == (protocol, port)]
            sources = {"proxy" if line.source == "controller" else line.source for line in lines}
            kinds = _kinds(rule, "targetServiceAccounts", stack)
            if not kinds or not all(groups & sources for groups in kinds):
                yield Fault(f"it leads to {_said(protocol, port)} of other hosts, undeclared", "stacks/exposure.yml")


def _within(text: str, own: ipaddress.IPv4Network) -> bool:
    try:
        return ipaddress.IPv4Network(text).subnet_of(own)
    except ValueError:
        return False


def _said(protocol: str, port: int) -> str:
    return f"{protocol} {port}" if port else f"every port of {protocol}"


def _closed_to_all(rule: Resource, _: Stack) -> Iterator[Fault]:
    if not _inward(rule):
        return
    wide = [text for text in _networks(rule) if _wide(text)]
    ports = {port for _, port in _ports(rule)}
    found = [f"{name} ({port})" for port, name in NEVER.items() if port in ports or 0 in ports]
    if wide and found:
        yield Fault(f"{', '.join(wide)} may reach {', '.join(found)}", "none of them, from whatever is as wide as this")


def _closed(network: Resource, stack: Stack) -> Iterator[Fault]:
    """Google lets everything out where no rule says otherwise."""
    for direction, ends in (("INGRESS", "sourceRanges"), ("EGRESS", "destinationRanges")):
        whole = [
            rule
            for rule in stack.users(network, tokens.FIREWALL, "network")
            if rule.inputs.get("direction") == direction
            and [mapping(one).get("protocol") for one in entries(rule.inputs.get("denies"))] == ["all"]
            and _networks(rule, ends) == [EVERYBODY]
            and not rule.inputs.get("targetServiceAccounts")
            and not rule.inputs.get("targetTags")
        ]
        if not whole:
            yield Fault(f"no rule closes {direction}", "one that denies everything to everybody")
        elif any(
            number(rule.inputs.get("priority", 1000)) >= min(number(one.inputs.get("priority")) for one in whole)
            for rule in stack.users(network, tokens.FIREWALL, "network")
            if rule.inputs.get("allows")
        ):
            yield Fault("a rule that allows comes after the one that closes", "a lower priority")


def _whole(rule: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.made_from(rule, "network", tokens.NETWORK):
        yield Fault("it is about a network that is not of this stack", "the network of this stack")
    for name in ("sourceTags", "targetTags"):
        if rule.inputs.get(name):
            yield Fault(f"{name}: who may edit a machine gives it a tag", "service accounts")
    if rule.inputs.get("disabled"):
        yield Fault("it is switched off", "one that holds")


def _described(rule: Resource, _: Stack) -> Iterator[Fault]:
    text = str(rule.inputs.get("description") or "")
    if len(text) < 5 or text == "Managed by Pulumi":
        yield Fault("nobody can tell why it is there", "a description of 5 letters or more")


_RULE = (tokens.FIREWALL,)
RULES = (
    Rule(
        "fw-declared",
        "What one table opens, and nothing else, is open in clouds, on hosts and in the scan alike.",
        _RULE,
        _comes_in,
    ),
    Rule(
        "fw-never-to-the-world",
        "These ports are tried on every address of the internet all day, whatever the table says.",
        _RULE,
        _closed_to_all,
    ),
    Rule("fw-narrow-egress", "What was broken into calls home, or sends the data away.", _RULE, _goes_out),
    Rule("fw-closed", "What no rule names is open to the outside.", (tokens.NETWORK,), _closed),
    Rule("fw-own-accounts", "A rule about somebody else's machines opens ours one day.", _RULE, _whole),
    Rule("fw-described", "A rule that nobody can explain is never removed.", _RULE, _described),
)

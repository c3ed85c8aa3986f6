"""Rules about security groups: they say what stacks/exposure.yml says, and nothing else."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from infra.addresses import SHORTEST_TRUSTED
from infra.guardrails.aws import tokens
from infra.guardrails.rule import Fault, Rule, number
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown
from infra.seen import entries

TUNNEL = "tunnel"
NEVER = {22: "SSH", 5432: "PostgreSQL", 3389: "remote desktops"}
OUT = ("tcp", 443)
"""Where every host may go: the OS mirror, ACME and S3, all of them by TLS."""
MEMBERS = {
    tokens.INSTANCE: "vpcSecurityGroupIds",
    tokens.DATABASE: "vpcSecurityGroupIds",
    tokens.CONNECT_ENDPOINT: "securityGroupIds",
}
"""What is in security groups, and by which of its inputs."""
ENTRIES = (tokens.INGRESS_RULE, tokens.EGRESS_RULE)


def _ports(rule: Resource) -> range:
    """The ports that it opens; all of them where it names a protocol without ports, or none."""
    if rule.inputs.get("ipProtocol") not in ("tcp", "udp"):
        return range(1, 65536)
    first, last = rule.inputs.get("fromPort"), rule.inputs.get("toPort")
    return range(int(number(first)), int(number(last)) + 1) if number(first) and number(last) else range(1, 65536)


def _networks(rule: Resource) -> list[str]:
    return [str(rule.inputs[name]) for name in ("cidrIpv4", "cidrIpv6") if rule.inputs.get(name)]


def _wide(text: str) -> bool:
    """Whether a network holds more than anybody owns; what is no network counts as one."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return True
    return network.prefixlen < SHORTEST_TRUSTED[network.version]


def _in(group: Resource, type_: str, stack: Stack) -> list[Resource]:
    return stack.users(group, type_, MEMBERS[type_])


def _members(group: Resource, stack: Stack) -> set[str]:
    """The Ansible groups of what is in a security group: `database` for a managed one, `tunnel` for the tunnel."""
    hosts = [stack.host(machine) for machine in _in(group, tokens.INSTANCE, stack)]
    found: set[str] = {name for host in hosts if host is not None for name in host.groups}
    if _in(group, tokens.DATABASE, stack):
        found.add("database")
    if _in(group, tokens.CONNECT_ENDPOINT, stack):
        found.add(TUNNEL)
    return found


def _declared(rule: Resource, stack: Stack, members: set[str], peers: set[str] | None) -> bool:
    """Whether a line of the table lets `peers` (None: the rule's networks) reach the rule's port on `members`."""
    ports, settings = _ports(rule), stack.settings
    hosts = bool(members - {TUNNEL}) and not (members == {"database"} and settings.database == "managed")
    for line in stack.table:
        there = line.to in members or (line.to == "all" and hosts)
        if not there or len(ports) != 1 or (line.protocol, line.port) != (rule.inputs.get("ipProtocol"), ports[0]):
            continue
        if peers is None:
            admins = [] if settings.ssh == "tunnel" and line.source == "controller" else settings.admin_cidrs
            allowed = {"world": settings.public_cidrs, "admin": admins, "controller": admins}.get(line.source, [])
            if set(_networks(rule)) <= set(allowed):
                return True
        elif line.source == "controller":
            if (TUNNEL if settings.ssh == "tunnel" else "proxy") in peers and settings.ssh != "direct":
                return True
        elif line.source in peers:
            return True
    return False


def _comes_in(rule: Resource, stack: Stack) -> Iterator[Fault]:
    opened = f"{shown(rule.inputs.get('ipProtocol'))} {_span(rule)}"
    group = next(iter(stack.made_from(rule, "securityGroupId", tokens.SECURITY_GROUP)), None)
    if group is None:
        yield Fault("it belongs to no security group of this stack", "a group of this stack")
        return
    peers = stack.made_from(rule, "referencedSecurityGroupId", tokens.SECURITY_GROUP)
    who = _members(peers[0], stack) if peers else None
    if not peers and not _networks(rule):
        yield Fault("it names nobody", "a group of this stack, or networks")
    elif peers and _networks(rule):
        yield Fault("it names a group and a network", "one of the two")
    elif not _declared(rule, stack, _members(group, stack), who):
        source = ", ".join(_networks(rule)) or peers[0].name
        yield Fault(f"it lets {source} reach {opened}, which is not declared", "the lines of stacks/exposure.yml")


def _goes_out(rule: Resource, stack: Stack) -> Iterator[Fault]:
    groups = stack.made_from(rule, "securityGroupId", tokens.SECURITY_GROUP)
    members = {name for group in groups for name in _members(group, stack)}
    peers = stack.made_from(rule, "referencedSecurityGroupId", tokens.SECURITY_GROUP)
    if not groups:
        yield Fault("it belongs to no security group of this stack", "a group of this stack")
    elif peers:
        if _networks(rule) or not _declared(rule, stack, _members(peers[0], stack), members):
            yield Fault(f"it leads to {peers[0].name}, {_span(rule)}, undeclared", "the lines of stacks/exposure.yml")
    elif not _networks(rule) or (rule.inputs.get("ipProtocol"), list(_ports(rule))[:2]) != (OUT[0], [OUT[1]]):
        yield Fault(f"it leads out by {_span(rule)}", "443 by tcp, which is all that hosts need")
    elif not members - {TUNNEL} or not any(_in(group, tokens.INSTANCE, stack) for group in groups):
        yield Fault("it leads to the world from what is no host", "hosts only")


def _span(rule: Resource) -> str:
    ports = _ports(rule)
    return f"port {ports[0]}" if len(ports) == 1 else f"{len(ports)} ports"


def _closed_to_all(rule: Resource, _: Stack) -> Iterator[Fault]:
    wide = [text for text in _networks(rule) if _wide(text)]
    found = [f"{name} ({port})" for port, name in NEVER.items() if port in _ports(rule)]
    if wide and found:
        yield Fault(f"{', '.join(wide)} may reach {', '.join(found)}", "none of them, from whatever is as wide as this")
    if wide and len(_ports(rule)) != 1:
        yield Fault(f"{', '.join(wide)} may reach {_span(rule)}", "one port for each rule")


def _described(resource: Resource, _: Stack) -> Iterator[Fault]:
    text = str(resource.inputs.get("description") or "")
    if len(text) < 5 or text == "Managed by Pulumi":
        yield Fault("nobody can tell why it is there", "a description of 5 letters or more")


def _grouped(member: Resource, stack: Stack) -> Iterator[Fault]:
    name = MEMBERS[member.type]
    listed, own = entries(member.inputs.get(name)), stack.made_from(member, name, tokens.SECURITY_GROUP)
    if not listed or len(own) < len(listed):
        yield Fault(f"{len(own)} of its {len(listed)} security groups are of this stack", "one or more, and no others")


def _no_inline(group: Resource, _: Stack) -> Iterator[Fault]:
    for name in ("ingress", "egress"):
        if group.inputs.get(name):
            yield Fault(f"it has rules of its own ({name}), which no other rule here sees", "rules as resources")


RULES = (
    Rule(
        "sg-declared",
        "What one table opens, and nothing else, is open in clouds, on hosts and in the scan alike.",
        (tokens.INGRESS_RULE,),
        _comes_in,
    ),
    Rule(
        "sg-never-to-the-world",
        "These ports are tried on every address of the internet all day, whatever the table says.",
        (tokens.INGRESS_RULE,),
        _closed_to_all,
    ),
    Rule(
        "sg-narrow-egress", "What was broken into calls home, or sends the data away.", (tokens.EGRESS_RULE,), _goes_out
    ),
    Rule(
        "sg-own-groups",
        "What has no group of its own is in the network's default one, or in one that somebody else opens.",
        tuple(MEMBERS),
        _grouped,
    ),
    Rule(
        "sg-described",
        "A rule that nobody can explain is never removed.",
        (*ENTRIES, tokens.SECURITY_GROUP),
        _described,
    ),
    Rule("sg-rules-visible", "Rules that are not looked at open what they like.", (tokens.SECURITY_GROUP,), _no_inline),
)

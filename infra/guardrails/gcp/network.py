"""Rules about the network: what is public is so on purpose, the rest is not, and traffic leaves a trace."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guardrails.gcp import tokens
from infra.guardrails.rule import Fault, Rule, at, must_be, number
from infra.guardrails.stack import Resource, Stack
from infra.seen import entries, mapping


def _flow_logs(subnet: Resource, stack: Stack) -> Iterator[Fault]:
    if stack.settings.prod and not number(at(subnet.inputs, "logConfig.flowSampling")) > 0:
        yield Fault("nobody can tell who talked to whom", "flow logs, in prod")


def _serves(machine: Resource, stack: Stack) -> bool:
    host = stack.host(machine)
    return host is not None and "proxy" in host.groups


def _inside(machine: Resource, stack: Stack) -> Iterator[Fault]:
    interfaces = [mapping(one) for one in entries(machine.inputs.get("networkInterfaces"))]
    if len(interfaces) != 1 or not stack.made_from(machine, "networkInterfaces", tokens.SUBNET):
        yield Fault("it lies in a subnet that is not of this stack", "one interface, in the subnet of this stack")
    for interface in interfaces:
        doors = [mapping(one) for one in entries(interface.get("accessConfigs"))]
        if entries(interface.get("ipv6AccessConfigs")) or interface.get("stackType", "IPV4_ONLY") != "IPV4_ONLY":
            yield Fault("it has IPv6, which no rule here judges", "IPV4_ONLY")
        if doors and not _serves(machine, stack):
            yield Fault("it has a public address and does not serve", "none for all but the proxy")
        if doors and not stack.made_from(machine, "networkInterfaces", tokens.ADDRESS):
            yield Fault("its public address changes with each stop", "a static address of this stack")


def _address(address: Resource, stack: Stack) -> Iterator[Fault]:
    if address.inputs.get("addressType") == "INTERNAL":
        return
    machines = stack.users(address, tokens.INSTANCE, "networkInterfaces")
    if not any(_serves(machine, stack) for machine in machines):
        yield Fault("it is a public address of something that does not serve", "the proxy's alone")


def _nat(_: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.settings.nat:
        yield Fault("a NAT gateway that no setting asks for", "none", "nat")


RULES = (
    Rule(
        "vpc-own",
        "Networks that Google makes by itself have subnets and openings everywhere.",
        (tokens.NETWORK,),
        must_be("autoCreateSubnetworks", False),
    ),
    Rule(
        "vpc-flow-logs", "After a break-in, one must be able to tell who talked to whom.", (tokens.SUBNET,), _flow_logs
    ),
    Rule(
        "vpc-private-google-access",
        "Data goes to buckets by no public way.",
        (tokens.SUBNET,),
        must_be("privateIpGoogleAccess", True),
    ),
    Rule(
        "gce-public-only-if-it-serves",
        "What has no public address can't be attacked by it.",
        (tokens.INSTANCE,),
        _inside,
    ),
    Rule("address-serves", "A public address is a door, and is paid for by the hour.", (tokens.ADDRESS,), _address),
    Rule("nat-asked-for", "What nobody asked for is paid for all the same.", (tokens.NAT,), _nat),
)

"""Rules about the network: what is public is so on purpose, the rest is not, and traffic leaves a trace."""

from __future__ import annotations

from collections.abc import Iterator

from infra.guardrails.aws import policies, tokens
from infra.guardrails.rule import Fault, Rule, both, must_be
from infra.guardrails.stack import Resource, Stack
from infra.problems import shown

OWN = ("aws:PrincipalAccount", "aws:ResourceAccount")


def _default_group(vpc: Resource, stack: Stack) -> Iterator[Fault]:
    groups = stack.users(vpc, tokens.DEFAULT_SECURITY_GROUP, "vpcId")
    if not groups:
        yield Fault("its default security group is as AWS makes it: open among its members", "one that is closed")
    for group in groups:
        for name in ("ingress", "egress"):
            if group.inputs.get(name) != []:
                yield Fault(f"{group.name}: {name} is {shown(group.inputs.get(name))}", "an empty list")


def _flow_logs(vpc: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.settings.prod:
        return
    logs = stack.users(vpc, tokens.FLOW_LOG, "vpcId")
    if not any(
        log.inputs.get("trafficType") == "ALL"
        and log.inputs.get("logDestinationType", "cloud-watch-logs") == "cloud-watch-logs"
        and stack.made_from(log, "logDestination", tokens.LOG_GROUP)
        and stack.made_from(log, "iamRoleArn", tokens.ROLE)
        for log in logs
    ):
        yield Fault("nobody can tell who talked to whom", "a flow log of ALL traffic into a log group, in prod")


def public(subnet: Resource, stack: Stack) -> bool:
    """Whether a subnet's routes lead to the internet and back."""
    tables = [
        table
        for association in stack.users(subnet, tokens.ROUTE_TABLE_ASSOCIATION, "subnetId")
        for table in stack.made_from(association, "routeTableId", tokens.ROUTE_TABLE)
    ]
    routes = [route for table in tables for route in stack.users(table, tokens.ROUTE, "routeTableId")]
    ways = [*((route, "gatewayId") for route in routes), *((table, "routes") for table in tables)]
    return any(stack.made_from(way, name, tokens.INTERNET_GATEWAY) for way, name in ways)


def _serves(machine: Resource, stack: Stack) -> bool:
    host = stack.host(machine)
    return host is not None and "proxy" in host.groups


def _inside(machine: Resource, stack: Stack) -> Iterator[Fault]:
    """An address of its own comes by Eip; in a public subnet even IPv6 alone makes a machine public."""
    yield from must_be("associatePublicIpAddress", False)(machine, stack)
    subnets = stack.made_from(machine, "subnetId", tokens.SUBNET)
    if not subnets:
        yield Fault("it lies in a subnet that is not of this stack", "a subnet of this stack")
    if any(public(subnet, stack) for subnet in subnets) and not _serves(machine, stack):
        yield Fault("it lies in a public subnet and does not serve", "private subnets for all but the proxy")


def _address(eip: Resource, stack: Stack) -> Iterator[Fault]:
    machines = stack.made_from(eip, "instance", tokens.INSTANCE)
    gateways = stack.users(eip, tokens.NAT_GATEWAY, "allocationId")
    if not gateways and not any(_serves(machine, stack) for machine in machines):
        yield Fault("it is a public address of something that does not serve", "the proxy's alone")


def _nat(_: Resource, stack: Stack) -> Iterator[Fault]:
    if not stack.settings.nat:
        yield Fault("a NAT gateway costs more than all the rest", "none", "nat")


def _endpoint_policy(endpoint: Resource, _: Stack) -> Iterator[Fault]:
    statements = policies.read(endpoint.inputs.get("policy"))
    if statements is None:
        yield Fault("it lets everything through", "a policy document in JSON")
    for statement in statements or []:
        named = all(len(statement.conditions.get(("StringEquals", key), [])) == 1 for key in OWN)
        if statement.allows and not (named and not _star(statement.conditions)):
            yield Fault("it leads to buckets of other accounts", "a condition on the accounts of caller and bucket")
        if statement.allows and (statement.inverted or any(action in ("*", "s3:*") for action in statement.actions)):
            yield Fault("it lets every action through", "named actions")


def _star(conditions: policies.Conditions) -> bool:
    return any("*" in value for key in OWN for value in conditions.get(("StringEquals", key), []))


def _tunnel(endpoint: Resource, stack: Stack) -> Iterator[Fault]:
    if stack.settings.ssh != "tunnel":
        yield Fault("a way in that the settings do not name", "none, but with `tunnel`", "ssh")
    subnets = stack.made_from(endpoint, "subnetId", tokens.SUBNET)
    if not subnets or any(public(subnet, stack) for subnet in subnets):
        yield Fault("it lies in no private subnet of this stack", "a private subnet of this stack")
    if endpoint.inputs.get("preserveClientIp") is not False:
        yield Fault("hosts see addresses from anywhere", "preserveClientIp false, so that one group may come in")


RULES = (
    Rule("vpc-default-group-closed", "What forgets its group lands in this one.", (tokens.VPC,), _default_group),
    Rule("vpc-flow-logs", "After a break-in, one must be able to tell who talked to whom.", (tokens.VPC,), _flow_logs),
    Rule(
        "vpc-no-automatic-addresses",
        "Who starts a machine by hand must not open it to the world by that.",
        (tokens.SUBNET,),
        both(must_be("mapPublicIpOnLaunch", False), must_be("assignIpv6AddressOnCreation", False)),
    ),
    Rule(
        "ec2-public-only-if-it-serves",
        "What has no public address can't be attacked by it.",
        (tokens.INSTANCE,),
        _inside,
    ),
    Rule("eip-serves", "A public address is a door, and is paid for by the hour.", (tokens.EIP,), _address),
    Rule("nat-asked-for", "A NAT gateway is the surprise on many a bill.", (tokens.NAT_GATEWAY,), _nat),
    Rule(
        "endpoint-own-buckets",
        "Data that is stolen leaves by a bucket of the thief's.",
        (tokens.VPC_ENDPOINT,),
        _endpoint_policy,
    ),
    Rule("tunnel-narrow", "The tunnel is the one way in.", (tokens.CONNECT_ENDPOINT,), _tunnel),
)

"""Networks and openings that somebody made worse."""

from __future__ import annotations

from typing import Any

from infra.guardrails.aws import tokens
from tests.infra.guardrails.spoilt import Added, Case, Removed, Spoilt

DEV, PROD = "aws-dev", "aws-prod"
WORLD, WORLD6 = {"cidrIpv4": "0.0.0.0/0"}, {"cidrIpv6": "::/0"}
HOSTS = "ec2/securityGroup aws-dev-database-proxy-service"
HTTPS4 = "vpc/securityGroupIngressRule from-v4-443tcp"
BOTH = "sg-declared sg-never-to-the-world"


def port(number: int, last: int | None = None, protocol: str = "tcp") -> dict[str, Any]:
    return {"ipProtocol": protocol, "fromPort": number, "toPort": number if last is None else last}


def opened(rules: str, says: str, **inputs: Any) -> Spoilt | Added:
    """aws-dev with one more rule for its host, from the world or wherever `inputs` say."""
    return Added(DEV, tokens.INGRESS_RULE, "more", {"cidrIpv4": None, **inputs}, rules, says, like=HTTPS4)


OPENINGS: dict[str, Case] = {
    "SSH for everybody": opened(BOTH, "(22)", **WORLD, **port(22)),
    "SSH for everybody by IPv6": opened(BOTH, "SSH (22)", **WORLD6, **port(22)),
    "SSH for half of everybody": opened(BOTH, "SSH (22)", cidrIpv4="128.0.0.0/1", **port(22)),
    "PostgreSQL for everybody": opened(BOTH, "PostgreSQL (5432)", **WORLD, **port(5432)),
    "remote desktops": opened(BOTH, "remote desktops (3389)", **WORLD, **port(3389)),
    "all ports": opened(BOTH, "65535 ports", **WORLD, **port(0, 65535)),
    "all protocols": opened(BOTH, "65535 ports", **WORLD, ipProtocol="-1", fromPort=None, toPort=None),
    "some ports": opened(BOTH, "one port for each rule", **WORLD, **port(443, 444)),
    "the service past its proxy": opened("sg-declared", "port 8443, which is not declared", **WORLD, **port(8443)),
    "metrics for a neighbour": opened("sg-declared", "not declared", cidrIpv4="10.9.0.0/16", **port(9100)),
    "the same port by UDP": opened("sg-declared", "udp", **WORLD, **port(443, protocol="udp")),
    "nobody": opened("sg-declared", "names nobody", **port(443)),
    "a group and a network": Spoilt(
        DEV,
        HTTPS4,
        "referencedSecurityGroupId",
        "x",
        "sg-declared",
        "a group and a network",
        {"referencedSecurityGroupId": HOSTS},
    ),
    "the tunnel into the database": Spoilt(
        DEV,
        "vpc/securityGroupIngressRule service-5432tcp",
        "referencedSecurityGroupId",
        "x",
        "sg-declared",
        "aws-dev-tunnel reach",
        {"referencedSecurityGroupId": "ec2/securityGroup tunnel"},
    ),
    "another's group": Spoilt(
        DEV, HTTPS4, "securityGroupId", "sg-1", "sg-declared", "no security group of this", {"securityGroupId": ""}
    ),
    "SSH for a network as large as one owns": opened("sg-declared", "port 22", cidrIpv4="10.0.0.0/8", **port(22)),
    "another's group goes out": Spoilt(
        DEV,
        "vpc/securityGroupEgressRule service-out-v4",
        "securityGroupId",
        "sg-1",
        "sg-narrow-egress",
        "no security group of this",
        {"securityGroupId": ""},
    ),
    "everything goes out": Spoilt(
        DEV, "vpc/securityGroupEgressRule service-out-v4", "ipProtocol", "-1", "sg-narrow-egress", "65535 ports"
    ),
    "SSH goes out": Added(
        DEV,
        tokens.EGRESS_RULE,
        "more",
        port(22),
        "sg-narrow-egress",
        "out by port 22",
        like="vpc/securityGroupEgressRule service-out-v4",
    ),
    "the tunnel goes out": Spoilt(
        DEV,
        "vpc/securityGroupEgressRule service-out-v4",
        "securityGroupId",
        "x",
        "sg-narrow-egress",
        "what is no host",
        {"securityGroupId": "ec2/securityGroup tunnel"},
    ),
    "the database goes out": Spoilt(
        PROD,
        "vpc/securityGroupEgressRule proxy-service-out-v4",
        "securityGroupId",
        "x",
        "sg-narrow-egress",
        "what is no host",
        {"securityGroupId": "ec2/securityGroup aws-prod-database"},
    ),
    "rules inside of a group": Spoilt(
        DEV, HOSTS, "ingress", [{**port(22), "cidrBlocks": ["0.0.0.0/0"]}], "sg-rules-visible", "rules as resources"
    ),
    "Pulumi's description": Spoilt(DEV, HOSTS, "description", "Managed by Pulumi", "sg-described", "why it is there"),
    "a rule nobody explains": Spoilt(DEV, HTTPS4, "description", "", "sg-described", "why it is there"),
}

NETWORKS: dict[str, Case] = {
    "the default group open to its members": Spoilt(
        DEV,
        "ec2/defaultSecurityGroup closed",
        "ingress",
        [{"protocol": "-1", "self": True, "fromPort": 0, "toPort": 0}],
        "vpc-default-group-closed",
        "an empty list",
    ),
    "the default group as AWS makes it": Removed(
        DEV, "ec2/defaultSecurityGroup closed", "vpc-default-group-closed", "as AWS makes it"
    ),
    "only refusals logged": Spoilt(PROD, "ec2/flowLog flow", "trafficType", "REJECT", "vpc-flow-logs", "ALL traffic"),
    "flow logs elsewhere": Spoilt(PROD, "ec2/flowLog flow", "logDestinationType", "s3", "vpc-flow-logs", "log group"),
    "no flow logs": Removed(PROD, "ec2/flowLog flow", "vpc-flow-logs", "who talked to whom"),
    "private subnets with a way in": Added(
        PROD,
        tokens.ROUTE,
        "private-v4",
        {"routeTableId": "x", "gatewayId": "x", "destinationCidrBlock": "0.0.0.0/0"},
        "ec2-public-only-if-it-serves rds-private tunnel-narrow",
        "a subnet that the internet reaches",
        {"routeTableId": "ec2/routeTable private", "gatewayId": "ec2/internetGateway internet"},
    ),
    "a way in inside of the table": Spoilt(
        PROD,
        "ec2/routeTable private",
        "routes",
        [{"cidrBlock": "0.0.0.0/0", "gatewayId": "x"}],
        "ec2-public-only-if-it-serves rds-private tunnel-narrow",
        "a subnet that the internet reaches",
        {"routes": "ec2/internetGateway internet"},
    ),
    "an address for what does not serve": Spoilt(
        PROD, "ec2/eip app1", "instance", "x", "eip-serves", "does not serve", {"instance": "ec2/instance app2"}
    ),
    "an address for nothing": Added(
        DEV, tokens.EIP, "more", {"instance": ""}, "eip-serves", "not serve", like="ec2/eip solo"
    ),
    "an endpoint for everything": Spoilt(DEV, "ec2/vpcEndpoint s3", "policy", "", "endpoint-own-buckets", "everything"),
    "an endpoint for every action": Spoilt(
        DEV, "ec2/vpcEndpoint s3", "policy/Statement/0/Action", "s3:*", "endpoint-own-buckets", "named actions"
    ),
    "an endpoint for every account": Spoilt(
        DEV,
        "ec2/vpcEndpoint s3",
        "policy/Statement/0/Condition",
        {"StringLike": {"aws:ResourceAccount": "*", "aws:PrincipalAccount": "*"}},
        "endpoint-own-buckets",
        "buckets of other accounts",
    ),
    "a tunnel from a public subnet": Spoilt(
        DEV,
        "ec2transitgateway/instanceConnectEndpoint tunnel",
        "subnetId",
        "x",
        "tunnel-narrow",
        "a private subnet",
        {"subnetId": "ec2/subnet public-a"},
    ),
    "a tunnel with everybody's addresses": Spoilt(
        DEV,
        "ec2transitgateway/instanceConnectEndpoint tunnel",
        "preserveClientIp",
        True,
        "tunnel-narrow",
        "addresses from anywhere",
    ),
}

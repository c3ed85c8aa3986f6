"""EC2's networks: subnets, routes, endpoints, security groups and flow logs."""

from __future__ import annotations

import ipaddress

from rehearsal.aws.conflicts.machines import TAGS
from rehearsal.aws.conflicts.rule import Breaks, Conflict, Parameters, none_of, stated, together, unlike

GUIDE = "https://docs.aws.amazon.com/vpc/latest/userguide/"
SAID = r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}"
SAYS = f"does not match {SAID}"
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
    "TransitGatewayId",
)


def _size(call: Parameters) -> bool:
    return not 16 <= ipaddress.ip_network(call["CidrBlock"], strict=False).prefixlen <= 28


def _not_one_of(*names: str) -> Breaks:
    return lambda given: sum(name in given for name in names) != 1


def _no_ports(rule: Parameters) -> bool:
    return rule["IpProtocol"] in ("tcp", "udp") and not {"FromPort", "ToPort"} <= set(rule)


def _backwards(rule: Parameters) -> bool:
    return bool(rule["IpProtocol"] in ("tcp", "udp") and rule.get("FromPort", 0) > rule.get("ToPort", 65535))


def _rules() -> list[Conflict]:
    whole = stated("ec2", "IpPermission", "IpPermissions[]")
    sources = {"IpRanges": "IpRange", "Ipv6Ranges": "Ipv6Range", "UserIdGroupPairs": "UserIdGroupPair"}
    return [
        whole("FromPort", "is needed for tcp and udp, as is ToPort", _no_ports),
        whole("ToPort", "is less than FromPort", _backwards),
        *(
            stated("ec2", shape, f"IpPermissions[].{name}[]")("Description", SAYS, unlike("Description", SAID))
            for name, shape in sources.items()
        ),
        *TAGS,
    ]


def _gateway(call: Parameters) -> bool:
    return bool(call.get("VpcEndpointType", "Gateway") == "Gateway")


_group = stated("ec2", "CreateSecurityGroupRequest")
_endpoint = stated("ec2", "CreateVpcEndpointRequest")
_flow = stated("ec2", "CreateFlowLogsRequest")
_NETMASK = "has a netmask that is not from /16 to /28"
_ROUTES = f"{GUIDE}route-table-options.html"

TABLE = {
    "CreateVpc": [Conflict("CidrBlock", _NETMASK, f"{GUIDE}vpc-cidr-blocks.html", _size), *TAGS],
    "CreateSubnet": [Conflict("CidrBlock", _NETMASK, f"{GUIDE}subnet-sizing.html", _size), *TAGS],
    "CreateInternetGateway": TAGS,
    "CreateEgressOnlyInternetGateway": TAGS,
    "CreateNatGateway": TAGS,
    "CreateRouteTable": TAGS,
    "CreateRoute": [
        Conflict("DestinationCidrBlock", "and its like: not exactly one is given", _ROUTES, _not_one_of(*DESTINATIONS)),
        Conflict("GatewayId", "and its like: not exactly one is given", _ROUTES, _not_one_of(*TARGETS)),
        stated("ec2", "CreateRouteRequest")(
            "EgressOnlyInternetGatewayId",
            "is for IPv6 only",
            together("EgressOnlyInternetGatewayId", "DestinationCidrBlock"),
        ),
    ],
    "CreateVpcEndpoint": [
        _endpoint(
            "RouteTableIds", "are for gateways only", lambda call: "RouteTableIds" in call and not _gateway(call)
        ),
        _endpoint("SubnetIds", "are not for gateways", lambda call: "SubnetIds" in call and _gateway(call)),
        *TAGS,
    ],
    "CreateInstanceConnectEndpoint": [
        stated("ec2", "CreateInstanceConnectEndpointRequest")(
            "PreserveClientIp",
            "is for IPv4 only",
            lambda call: bool(call.get("PreserveClientIp")) and call.get("IpAddressType", "ipv4") != "ipv4",
        ),
        *TAGS,
    ],
    "CreateSecurityGroup": [
        _group("GroupName", SAYS, unlike("GroupName", SAID)),
        _group("GroupName", "begins with sg-", lambda call: call["GroupName"].startswith("sg-")),
        _group("Description", SAYS, unlike("Description", SAID)),
        *TAGS,
    ],
    "AuthorizeSecurityGroupIngress": _rules(),
    "AuthorizeSecurityGroupEgress": _rules(),
    "CreateFlowLogs": [
        _flow(
            "DeliverLogsPermissionArn",
            "is needed for cloud-watch-logs",
            lambda call: (
                call.get("LogDestinationType") == "cloud-watch-logs" and "DeliverLogsPermissionArn" not in call
            ),
        ),
        _flow("MaxAggregationInterval", "is neither 60 nor 600 seconds", none_of("MaxAggregationInterval", 60, 600)),
        *TAGS,
    ],
}

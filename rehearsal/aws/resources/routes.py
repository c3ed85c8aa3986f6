"""EC2: route tables, and the endpoint that is a route."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates, tags_all

DESTINATIONS = {
    "DestinationCidrBlock": "destinationCidrBlock",
    "DestinationIpv6CidrBlock": "destinationIpv6CidrBlock",
    "DestinationPrefixListId": "destinationPrefixListId",
}
TARGETS = {
    "GatewayId": "gatewayId",
    "EgressOnlyInternetGatewayId": "egressOnlyGatewayId",
    "NatGatewayId": "natGatewayId",
    "NetworkInterfaceId": "networkInterfaceId",
    "VpcEndpointId": "vpcEndpointId",
    "VpcPeeringConnectionId": "vpcPeeringConnectionId",
}


@emulates("aws:ec2/routeTable:RouteTable")
class RouteTable(Emulation):
    def create(self) -> str:
        made = self.aws("ec2").create_route_table(**self.given.pick(VpcId="vpcId"), **self.given.tagged("route-table"))
        return str(made["RouteTable"]["RouteTableId"])

    def configure(self, identity: str) -> None:
        ec2 = self.aws("ec2")
        there = {_destination(route) for route in self._table(identity)["Routes"]}
        for route in self.given.parts("routes"):
            destination = route.pick(DestinationCidrBlock="cidrBlock", DestinationIpv6CidrBlock="ipv6CidrBlock")
            target = route.pick(**TARGETS)
            if _destination(destination) not in there:
                ec2.create_route(RouteTableId=identity, **destination, **target)

    def read(self, identity: str) -> dict[str, Any]:
        table = self._table(identity)
        return {
            "arn": self.aws.arn("ec2", f"route-table/{identity}"),
            "ownerId": table["OwnerId"],
            "vpcId": table["VpcId"],
            **tags_all(table.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        self.aws("ec2").delete_route_table(RouteTableId=identity)

    def _table(self, identity: str) -> dict[str, Any]:
        found = self.aws("ec2").describe_route_tables(RouteTableIds=[identity])
        table: dict[str, Any] = found["RouteTables"][0]
        return table


@emulates("aws:ec2/route:Route")
class Route(Emulation):
    def create(self) -> str:
        parts = self.given.pick(RouteTableId="routeTableId", **DESTINATIONS, **TARGETS)
        self.aws("ec2").create_route(**parts)
        # As the provider names a route: the table, and a number made from the destination.
        number = int(hashlib.sha256(_destination(parts).encode()).hexdigest()[:8], 16)
        return f"r-{parts['RouteTableId']}{number}"

    def read(self, identity: str) -> dict[str, Any]:
        wanted = _destination(self.given.pick(**DESTINATIONS))
        found = self.aws("ec2").describe_route_tables(RouteTableIds=[self.given.get("routeTableId")])
        route = next(each for each in found["RouteTables"][0]["Routes"] if _destination(each) == wanted)
        return {"origin": route["Origin"], "state": route["State"], **_named(route, TARGETS)}

    def delete(self, identity: str) -> None:
        self.aws("ec2").delete_route(**self.given.pick(RouteTableId="routeTableId", **DESTINATIONS))


@emulates("aws:ec2/routeTableAssociation:RouteTableAssociation")
class RouteTableAssociation(Emulation):
    def create(self) -> str:
        made = self.aws("ec2").associate_route_table(
            **self.given.pick(RouteTableId="routeTableId", SubnetId="subnetId", GatewayId="gatewayId")
        )
        return str(made["AssociationId"])

    def read(self, identity: str) -> dict[str, Any]:
        found = self.aws("ec2").describe_route_tables(
            Filters=[{"Name": "association.route-table-association-id", "Values": [identity]}]
        )
        here = next(
            each for each in found["RouteTables"][0]["Associations"] if each["RouteTableAssociationId"] == identity
        )
        return {"routeTableId": here["RouteTableId"], "subnetId": here.get("SubnetId")}

    def delete(self, identity: str) -> None:
        self.aws("ec2").disassociate_route_table(AssociationId=identity)


@emulates("aws:ec2/vpcEndpoint:VpcEndpoint")
class VpcEndpoint(Emulation):
    recorded: ClassVar = {
        "ipAddressType": "moto keeps no such property of endpoints",
        "dnsOptions": "moto keeps no such property of endpoints",
    }

    def create(self) -> str:
        more = self.given.part("dnsOptions").pick(
            DnsRecordIpType="dnsRecordIpType",
            PrivateDnsOnlyForInboundResolverEndpoint="privateDnsOnlyForInboundResolverEndpoint",
        )
        made = self.aws("ec2").create_vpc_endpoint(
            **self.given.pick(
                VpcId="vpcId",
                ServiceName="serviceName",
                VpcEndpointType="vpcEndpointType",
                PolicyDocument="policy",
                RouteTableIds="routeTableIds",
                SubnetIds="subnetIds",
                SecurityGroupIds="securityGroupIds",
                PrivateDnsEnabled="privateDnsEnabled",
                IpAddressType="ipAddressType",
            ),
            **({"DnsOptions": more} if more else {}),
            **self.given.tagged("vpc-endpoint"),
        )
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    def read(self, identity: str) -> dict[str, Any]:
        ec2 = self.aws("ec2")
        endpoint = ec2.describe_vpc_endpoints(VpcEndpointIds=[identity])["VpcEndpoints"][0]
        lists = ec2.describe_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [endpoint["ServiceName"]]}])
        listed = [each for each in lists["PrefixLists"] if each["PrefixListName"] == endpoint["ServiceName"]]
        return {
            "arn": self.aws.arn("ec2", f"vpc-endpoint/{identity}"),
            "state": endpoint["State"],
            "ownerId": endpoint["OwnerId"],
            "policy": endpoint.get("PolicyDocument"),
            "prefixListId": listed[0]["PrefixListId"] if listed else "",
            "routeTableIds": endpoint["RouteTableIds"],
            "vpcEndpointType": endpoint["VpcEndpointType"],
            **tags_all(endpoint.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        self.aws("ec2").delete_vpc_endpoints(VpcEndpointIds=[identity])


def _destination(route: dict[str, Any]) -> str:
    return next((str(route[name]) for name in DESTINATIONS if name in route), "")


def _named(found: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {name: found[parameter] for parameter, name in names.items() if parameter in found}

"""EC2: the network, its subnets and its gateways."""

from __future__ import annotations

from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates, tags_all


@emulates("aws:ec2/vpc:Vpc")
class Vpc(Emulation):
    def create(self) -> str:
        made = self.aws("ec2").create_vpc(
            **self.given.pick(
                CidrBlock="cidrBlock",
                AmazonProvidedIpv6CidrBlock="assignGeneratedIpv6CidrBlock",
                InstanceTenancy="instanceTenancy",
            ),
            **self.given.tagged("vpc"),
        )
        return str(made["Vpc"]["VpcId"])

    def configure(self, identity: str) -> None:
        for attribute, name in (("EnableDnsSupport", "enableDnsSupport"), ("EnableDnsHostnames", "enableDnsHostnames")):
            value = self.given.get(name)
            if value is not None:
                self.aws("ec2").modify_vpc_attribute(VpcId=identity, **{attribute: {"Value": value}})

    def read(self, identity: str) -> dict[str, Any]:
        ec2 = self.aws("ec2")
        vpc = ec2.describe_vpcs(VpcIds=[identity])["Vpcs"][0]
        ipv6: dict[str, Any] = next(iter(vpc.get("Ipv6CidrBlockAssociationSet", [])), {})
        mine = [{"Name": "vpc-id", "Values": [identity]}]
        tables = ec2.describe_route_tables(Filters=[*mine, {"Name": "association.main", "Values": ["true"]}])
        groups = ec2.describe_security_groups(Filters=[*mine, {"Name": "group-name", "Values": ["default"]}])
        acls = ec2.describe_network_acls(Filters=[*mine, {"Name": "default", "Values": ["true"]}])
        main = tables["RouteTables"][0]["RouteTableId"]
        return {
            "arn": self.aws.arn("ec2", f"vpc/{identity}"),
            "cidrBlock": vpc["CidrBlock"],
            "ipv6CidrBlock": ipv6.get("Ipv6CidrBlock", ""),
            "ipv6AssociationId": ipv6.get("AssociationId", ""),
            "ownerId": vpc["OwnerId"],
            "mainRouteTableId": main,
            "defaultRouteTableId": main,
            "defaultSecurityGroupId": groups["SecurityGroups"][0]["GroupId"],
            "defaultNetworkAclId": acls["NetworkAcls"][0]["NetworkAclId"],
            "dhcpOptionsId": vpc["DhcpOptionsId"],
            **tags_all(vpc.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        self.aws("ec2").delete_vpc(VpcId=identity)


@emulates("aws:ec2/subnet:Subnet")
class Subnet(Emulation):
    ATTRIBUTES: ClassVar = {
        "AssignIpv6AddressOnCreation": "assignIpv6AddressOnCreation",
        "MapPublicIpOnLaunch": "mapPublicIpOnLaunch",
        "EnableDns64": "enableDns64",
        "EnableResourceNameDnsARecordOnLaunch": "enableResourceNameDnsARecordOnLaunch",
        "EnableResourceNameDnsAAAARecordOnLaunch": "enableResourceNameDnsAaaaRecordOnLaunch",
    }
    recorded: ClassVar = {
        "enableDns64": "moto keeps no such attribute",
        "enableResourceNameDnsARecordOnLaunch": "moto keeps no such attribute",
        "enableResourceNameDnsAaaaRecordOnLaunch": "moto keeps no such attribute",
    }

    def create(self) -> str:
        made = self.aws("ec2").create_subnet(
            **self.given.pick(
                VpcId="vpcId",
                CidrBlock="cidrBlock",
                Ipv6CidrBlock="ipv6CidrBlock",
                AvailabilityZone="availabilityZone",
            ),
            **self.given.tagged("subnet"),
        )
        return str(made["Subnet"]["SubnetId"])

    def configure(self, identity: str) -> None:
        for attribute, name in self.ATTRIBUTES.items():
            value = self.given.get(name)
            if value is not None:  # the call takes one attribute at a time
                self.aws("ec2").modify_subnet_attribute(SubnetId=identity, **{attribute: {"Value": value}})
        if kind := self.given.get("privateDnsHostnameTypeOnLaunch"):
            self.aws("ec2").modify_subnet_attribute(SubnetId=identity, PrivateDnsHostnameTypeOnLaunch=kind)

    def read(self, identity: str) -> dict[str, Any]:
        subnet = self.aws("ec2").describe_subnets(SubnetIds=[identity])["Subnets"][0]
        ipv6: dict[str, Any] = next(iter(subnet.get("Ipv6CidrBlockAssociationSet", [])), {})
        return {
            "arn": subnet["SubnetArn"],
            "cidrBlock": subnet["CidrBlock"],
            "ipv6CidrBlock": ipv6.get("Ipv6CidrBlock", ""),
            "ipv6CidrBlockAssociationId": ipv6.get("AssociationId", ""),
            "availabilityZone": subnet["AvailabilityZone"],
            "availabilityZoneId": subnet["AvailabilityZoneId"],
            "mapPublicIpOnLaunch": subnet["MapPublicIpOnLaunch"],
            "assignIpv6AddressOnCreation": subnet["AssignIpv6AddressOnCreation"],
            "ownerId": subnet["OwnerId"],
            "vpcId": subnet["VpcId"],
            **tags_all(subnet.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        self.aws("ec2").delete_subnet(SubnetId=identity)


@emulates("aws:ec2/internetGateway:InternetGateway")
class InternetGateway(Emulation):
    def create(self) -> str:
        made = self.aws("ec2").create_internet_gateway(**self.given.tagged("internet-gateway"))
        return str(made["InternetGateway"]["InternetGatewayId"])

    def configure(self, identity: str) -> None:
        vpc = self.given.get("vpcId")
        if vpc and vpc not in self._attached(identity):
            self.aws("ec2").attach_internet_gateway(InternetGatewayId=identity, VpcId=vpc)

    def read(self, identity: str) -> dict[str, Any]:
        gateway = self._gateway(identity)
        return {
            "arn": self.aws.arn("ec2", f"internet-gateway/{identity}"),
            "ownerId": gateway["OwnerId"],
            "vpcId": next(iter(self._attached(identity)), None),
            **tags_all(gateway.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        for vpc in self._attached(identity):
            self.aws("ec2").detach_internet_gateway(InternetGatewayId=identity, VpcId=vpc)
        self.aws("ec2").delete_internet_gateway(InternetGatewayId=identity)

    def _gateway(self, identity: str) -> dict[str, Any]:
        found = self.aws("ec2").describe_internet_gateways(InternetGatewayIds=[identity])
        gateway: dict[str, Any] = found["InternetGateways"][0]
        return gateway

    def _attached(self, identity: str) -> list[str]:
        return [each["VpcId"] for each in self._gateway(identity)["Attachments"]]


@emulates("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway")
class EgressOnlyInternetGateway(Emulation):
    def create(self) -> str:
        made = self.aws("ec2").create_egress_only_internet_gateway(
            **self.given.pick(VpcId="vpcId"), **self.given.tagged("egress-only-internet-gateway")
        )
        return str(made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"])

    def read(self, identity: str) -> dict[str, Any]:
        found = self.aws("ec2").describe_egress_only_internet_gateways(EgressOnlyInternetGatewayIds=[identity])
        gateway = found["EgressOnlyInternetGateways"][0]
        return {"vpcId": gateway["Attachments"][0]["VpcId"], **tags_all(gateway.get("Tags"))}

    def delete(self, identity: str) -> None:
        self.aws("ec2").delete_egress_only_internet_gateway(EgressOnlyInternetGatewayId=identity)

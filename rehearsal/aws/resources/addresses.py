"""EC2: static public addresses, and the NAT gateway that uses one."""

from __future__ import annotations

from typing import Any

from rehearsal.aws.emulation import Emulation, emulates, tags_all


@emulates("aws:ec2/eip:Eip")
class Eip(Emulation):
    def create(self) -> str:
        made = self.aws("ec2").allocate_address(
            Domain=self.given.get("domain", "vpc"), **self.given.tagged("elastic-ip")
        )
        return str(made["AllocationId"])

    def configure(self, identity: str) -> None:
        where = self.given.pick(InstanceId="instance", NetworkInterfaceId="networkInterface")
        if where and not self._address(identity).get("AssociationId"):
            self.aws("ec2").associate_address(AllocationId=identity, **where)

    def read(self, identity: str) -> dict[str, Any]:
        address = self._address(identity)
        return {
            "arn": self.aws.arn("ec2", f"elastic-ip/{identity}"),
            "allocationId": identity,
            "associationId": address.get("AssociationId", ""),
            "domain": address["Domain"],
            "publicIp": address["PublicIp"],
            "privateIp": address.get("PrivateIpAddress", ""),
            **tags_all(address.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        if association := self._address(identity).get("AssociationId"):
            self.aws("ec2").disassociate_address(AssociationId=association)
        self.aws("ec2").release_address(AllocationId=identity)

    def _address(self, identity: str) -> dict[str, Any]:
        address: dict[str, Any] = self.aws("ec2").describe_addresses(AllocationIds=[identity])["Addresses"][0]
        return address


@emulates("aws:ec2/natGateway:NatGateway")
class NatGateway(Emulation):
    def create(self) -> str:
        made = self.aws("ec2").create_nat_gateway(
            **self.given.pick(SubnetId="subnetId", AllocationId="allocationId", ConnectivityType="connectivityType"),
            **self.given.tagged("natgateway"),
        )
        return str(made["NatGateway"]["NatGatewayId"])

    def read(self, identity: str) -> dict[str, Any]:
        gateway = self.aws("ec2").describe_nat_gateways(NatGatewayIds=[identity])["NatGateways"][0]
        address = gateway["NatGatewayAddresses"][0]
        return {
            "allocationId": address.get("AllocationId", ""),
            "associationId": address.get("AssociationId", ""),
            "connectivityType": self.given.get("connectivityType", "public"),  # moto does not tell
            "networkInterfaceId": address["NetworkInterfaceId"],
            "privateIp": address["PrivateIp"],
            "publicIp": address.get("PublicIp", ""),
            "subnetId": gateway["SubnetId"],
            **tags_all(gateway.get("Tags")),
        }

    def delete(self, identity: str) -> None:
        self.aws("ec2").delete_nat_gateway(NatGatewayId=identity)

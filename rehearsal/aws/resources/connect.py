"""EC2 Instance Connect: the endpoint that SSH comes through. moto has none, so it is kept in the registry alone."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from rehearsal.aws.emulation import Emulation, emulates


@emulates("aws:ec2transitgateway/instanceConnectEndpoint:InstanceConnectEndpoint")
class InstanceConnectEndpoint(Emulation):
    recorded: ClassVar = {"": "moto has no EC2 Instance Connect endpoints"}

    def create(self) -> str:
        self.aws.check(
            "ec2",
            "CreateInstanceConnectEndpoint",
            **self.given.pick(
                SubnetId="subnetId",
                SecurityGroupIds="securityGroupIds",
                PreserveClientIp="preserveClientIp",
                IpAddressType="ipAddressType",
            ),
            **self.given.tagged("instance-connect-endpoint"),
        )
        return f"eice-{secrets.token_hex(9)[:17]}"

    def read(self, identity: str) -> dict[str, Any]:
        subnet = self.aws("ec2").describe_subnets(SubnetIds=[self.given.get("subnetId")])["Subnets"][0]
        name = f"{identity}.ec2-instance-connect-endpoint.{self.aws.region}.amazonaws.com"
        return {
            "arn": self.aws.arn("ec2", f"instance-connect-endpoint/{identity}"),
            "availabilityZone": subnet["AvailabilityZone"],
            "dnsName": name,
            "vpcId": subnet["VpcId"],
            "ownerId": self.aws.id,
            "networkInterfaceIds": [],
            "securityGroupIds": self.given.get("securityGroupIds", []),
            "tagsAll": self.given.get("tags", {}),
        }

    def delete(self, identity: str) -> None:
        self.aws.check("ec2", "DeleteInstanceConnectEndpoint", InstanceConnectEndpointId=identity)

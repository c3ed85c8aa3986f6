"""The way in for SSH without a public port: an EC2 Instance Connect Endpoint, which is free and needs no agent."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.aws.network import Network
from infra.settings import Settings


@dataclass(frozen=True)
class AccessArgs:
    """`group`: the tunnel's security group, from which the hosts let SSH in."""

    settings: Settings
    network: Network
    group: pulumi.Input[str]


class Access(pulumi.ComponentResource):
    """Who may go through is IAM's to say (ec2-instance-connect:OpenTunnel). One reaches every host of the VPC."""

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:aws:Access", name, None, opts)
        title = naming.name(name, "tunnel")
        self.endpoint = aws.ec2transitgateway.InstanceConnectEndpoint(
            title,
            subnet_id=args.network.private_subnets[0],
            security_group_ids=[args.group],
            preserve_client_ip=False,  # or the hosts would see addresses that no rule of theirs names
            tags=naming.tags(args.settings, title),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),  # a VPC has room for one
        )
        self.register_outputs({})

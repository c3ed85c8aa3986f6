"""The network: one VPC with IPv4 and IPv6, a public and a private subnet in each of two zones."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.aws import subnets
from infra.settings import Settings

# What hosts do with buckets, and no more; each host's own role says which of it, and with which bucket.
S3_ACTIONS = [
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
]
FLOW_LOG_DAYS = 90


@dataclass(frozen=True)
class NetworkArgs:
    """`key_arn`: what encrypts the flow logs."""

    settings: Settings
    key_arn: pulumi.Input[str]


class Network(pulumi.ComponentResource):
    """`vpc_id`, `vpc_cidr`, `ipv6_cidr`; `zones`, and one each of `public_subnets` and `private_subnets` a zone."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:aws:Network", name, None, opts)
        self._settings, self._name = args.settings, name
        self._child = pulumi.ResourceOptions(parent=self)
        self.zones = [args.settings.region + letter for letter in args.settings.zones]
        self.vpc = aws.ec2.Vpc(
            naming.name(name),
            cidr_block=args.settings.cidr,
            assign_generated_ipv6_cidr_block=True,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags(name),
            opts=self._child,
        )
        self.vpc_id, self.vpc_cidr, self.ipv6_cidr = self.vpc.id, self.vpc.cidr_block, self.vpc.ipv6_cidr_block
        # Every VPC is born with a group that lets its members do everything. Nobody is in it, and it allows nothing.
        self.default_group = aws.ec2.DefaultSecurityGroup(
            self._title("closed"),
            vpc_id=self.vpc_id,
            ingress=[],
            egress=[],
            tags=self._tags(self._title("closed")),
            opts=self._child,
        )
        cut = subnets.v4(args.settings.cidr)
        self.public_subnets = self._subnets("public", cut.public, 0)
        self.private_subnets = self._subnets("private", cut.private, subnets.ZONES)
        self.tables = [self._public_routes(), self._private_routes()]
        self._s3_endpoint()
        if args.settings.prod:
            self._flow_logs(args.key_arn)
        self.register_outputs({})

    def _title(self, *parts: str) -> str:
        return naming.name(self._name, *parts)

    def _tags(self, title: str) -> dict[str, str]:
        return naming.tags(self._settings, title)

    def _subnets(self, kind: str, cidrs: list[str], first: int) -> list[pulumi.Output[str]]:
        return [
            self._subnet(self._title(kind, zone[-1]), zone, cidr, first + index)
            for index, (zone, cidr) in enumerate(zip(self.zones, cidrs, strict=True))
        ]

    def _subnet(self, title: str, zone: str, cidr: str, number: int) -> pulumi.Output[str]:
        subnet = aws.ec2.Subnet(
            title,
            vpc_id=self.vpc_id,
            availability_zone=zone,
            cidr_block=cidr,
            ipv6_cidr_block=self.ipv6_cidr.apply(lambda whole: subnets.v6(whole, number)),
            # A machine gets the addresses that it asks for, and no others.
            map_public_ip_on_launch=False,
            assign_ipv6_address_on_creation=False,
            tags=self._tags(title),
            opts=self._child,
        )
        return subnet.id

    def _public_routes(self) -> pulumi.Output[str]:
        title = self._title("internet")
        self.gateway = aws.ec2.InternetGateway(title, vpc_id=self.vpc_id, tags=self._tags(title), opts=self._child)
        table = self._table("public", self.public_subnets)
        self._route("public", "v4", table, destination_cidr_block="0.0.0.0/0", gateway_id=self.gateway.id)
        self._route("public", "v6", table, destination_ipv6_cidr_block="::/0", gateway_id=self.gateway.id)
        return table

    def _private_routes(self) -> pulumi.Output[str]:
        """Out over IPv6 by a gateway that lets nobody in and costs nothing; over IPv4 only with a NAT gateway."""
        title = self._title("out")
        out = aws.ec2.EgressOnlyInternetGateway(title, vpc_id=self.vpc_id, tags=self._tags(title), opts=self._child)
        table = self._table("private", self.private_subnets)
        self._route("private", "v6", table, destination_ipv6_cidr_block="::/0", egress_only_gateway_id=out.id)
        if self._settings.nat:
            self._route("private", "v4", table, destination_cidr_block="0.0.0.0/0", nat_gateway_id=self._nat())
        return table

    def _nat(self) -> pulumi.Output[str]:
        title, tags = self._title("nat"), self._tags(self._title("nat"))
        routed = pulumi.ResourceOptions(parent=self, depends_on=[self.gateway])
        address = aws.ec2.Eip(title, domain="vpc", tags=tags, opts=routed)
        gateway = aws.ec2.NatGateway(
            title, subnet_id=self.public_subnets[0], allocation_id=address.id, tags=tags, opts=routed
        )
        return gateway.id

    def _table(self, kind: str, members: list[pulumi.Output[str]]) -> pulumi.Output[str]:
        title = self._title(kind)
        table = aws.ec2.RouteTable(title, vpc_id=self.vpc_id, tags=self._tags(title), opts=self._child)
        for zone, subnet in zip(self.zones, members, strict=True):
            aws.ec2.RouteTableAssociation(
                self._title(kind, zone[-1]), route_table_id=table.id, subnet_id=subnet, opts=self._child
            )
        return table.id

    def _route(self, kind: str, family: str, table: pulumi.Output[str], **way: pulumi.Input[str]) -> None:
        aws.ec2.Route(self._title(kind, family), route_table_id=table, opts=self._child, **way)

    def _s3_endpoint(self) -> None:
        """The way to this account's buckets, which is free and leaves the internet out."""
        title = self._title("s3")
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        self.s3_endpoint = aws.ec2.VpcEndpoint(
            title,
            vpc_id=self.vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{self._settings.region}.s3",
            route_table_ids=self.tables,
            policy=account.apply(_own_buckets),
            tags=self._tags(title),
            opts=self._child,
        )

    def _flow_logs(self, key_arn: pulumi.Input[str]) -> None:
        title = self._title("flow")
        tags = self._tags(title)
        region = self._settings.region
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        group = aws.cloudwatch.LogGroup(
            title, retention_in_days=FLOW_LOG_DAYS, kms_key_id=key_arn, tags=tags, opts=self._child
        )
        role = aws.iam.Role(
            title, assume_role_policy=account.apply(lambda own: _flow_trust(own, region)), tags=tags, opts=self._child
        )
        aws.iam.RolePolicy(title, role=role.name, policy=group.arn.apply(_flow_writes), opts=self._child)
        aws.ec2.FlowLog(
            title,
            vpc_id=self.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags=tags,
            opts=self._child,
        )


def _own_buckets(account: str) -> str:
    """An endpoint's policy must name everybody; the conditions leave this account's roles and its own buckets."""
    own = {"StringEquals": {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}}
    statement = {"Effect": "Allow", "Principal": "*", "Action": S3_ACTIONS, "Resource": "*", "Condition": own}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _flow_trust(account: str, region: str) -> str:
    condition = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{region}:{account}:vpc-flow-log/*"},
    }
    principal = {"Service": "vpc-flow-logs.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _flow_writes(arn: str) -> str:
    actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": [arn, f"{arn}:*"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

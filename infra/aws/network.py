"""The network: one VPC with IPv4 and IPv6, a public and a private subnet in each of two zones."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.aws import policies, shared, subnets
from infra.settings import Settings

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
        self._account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        self.zones = [args.settings.region + letter for letter in args.settings.zones]
        self.vpc = aws.ec2.Vpc(
            name,
            cidr_block=args.settings.cidr,
            assign_generated_ipv6_cidr_block=True,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=naming.tags(args.settings, name),
            opts=self._child,
        )
        self.vpc_id, self.vpc_cidr, self.ipv6_cidr = self.vpc.id, self.vpc.cidr_block, self.vpc.ipv6_cidr_block
        title, tags = self._titled("closed")
        # Every VPC is born with a group that lets its members do everything. Nobody is in it, and it allows nothing.
        self.default_group = aws.ec2.DefaultSecurityGroup(
            title, vpc_id=self.vpc_id, ingress=[], egress=[], tags=tags, opts=self._child
        )
        cut = subnets.v4(args.settings.cidr)
        public, private = self._table("public"), self._table("private")
        self.public_subnets = self._subnets("public", cut.public, 0, public, self._public_routes(public))
        first = len(cut.public)
        self.private_subnets = self._subnets("private", cut.private, first, private, self._private_routes(private))
        self._s3_endpoint([public, private])
        if args.settings.prod:
            self._flow_logs(args.key_arn)
        self.register_outputs({})

    def _titled(self, *parts: str) -> tuple[str, dict[str, str]]:
        title = naming.name(self._name, *parts)
        return title, naming.tags(self._settings, title)

    def _table(self, side: str) -> pulumi.Output[str]:
        title, tags = self._titled(side)
        return aws.ec2.RouteTable(title, vpc_id=self.vpc_id, tags=tags, opts=self._child).id

    def _route(self, side: str, family: str, table: pulumi.Output[str], **way: pulumi.Input[str]) -> pulumi.Output[str]:
        title = naming.name(self._name, side, family)
        return aws.ec2.Route(title, route_table_id=table, opts=self._child, **way).id

    def _public_routes(self, table: pulumi.Output[str]) -> list[pulumi.Output[str]]:
        title, tags = self._titled("internet")
        self.gateway = aws.ec2.InternetGateway(title, vpc_id=self.vpc_id, tags=tags, opts=self._child)
        return [
            self._route("public", "v4", table, destination_cidr_block="0.0.0.0/0", gateway_id=self.gateway.id),
            self._route("public", "v6", table, destination_ipv6_cidr_block="::/0", gateway_id=self.gateway.id),
        ]

    def _private_routes(self, table: pulumi.Output[str]) -> list[pulumi.Output[str]]:
        """Out over IPv6 by a gateway that lets nobody in and costs nothing; over IPv4 only with a NAT gateway."""
        title, tags = self._titled("out")
        out = aws.ec2.EgressOnlyInternetGateway(title, vpc_id=self.vpc_id, tags=tags, opts=self._child)
        routes = [
            self._route("private", "v6", table, destination_ipv6_cidr_block="::/0", egress_only_gateway_id=out.id)
        ]
        if self._settings.nat:
            nat = self._nat()
            routes.append(self._route("private", "v4", table, destination_cidr_block="0.0.0.0/0", nat_gateway_id=nat))
        return routes

    def _nat(self) -> pulumi.Output[str]:
        title, tags = self._titled("nat")
        address = aws.ec2.Eip(title, domain="vpc", tags=tags, opts=self._child)
        gateway = aws.ec2.NatGateway(
            title, subnet_id=self.public_subnets[0], allocation_id=address.id, tags=tags, opts=self._child
        )
        return gateway.id

    def _subnets(
        self, side: str, cidrs: list[str], first: int, table: pulumi.Output[str], routes: list[pulumi.Output[str]]
    ) -> list[pulumi.Output[str]]:
        """Their ids, known only once each has its way out: a machine's first boot needs it."""
        made = []
        for number, (zone, cidr) in enumerate(zip(self.zones, cidrs, strict=True), first):
            subnet = self._subnet(naming.name(self._name, side, zone[-1]), zone, cidr, number)
            association = aws.ec2.RouteTableAssociation(
                naming.name(self._name, side, zone[-1]), route_table_id=table, subnet_id=subnet, opts=self._child
            )
            made.append(pulumi.Output.all(subnet, association.id, *routes).apply(lambda ids: str(ids[0])))
        return made

    def _subnet(self, title: str, zone: str, cidr: str, number: int) -> pulumi.Output[str]:
        return aws.ec2.Subnet(
            title,
            vpc_id=self.vpc_id,
            availability_zone=zone,
            cidr_block=cidr,
            ipv6_cidr_block=self.ipv6_cidr.apply(lambda whole: subnets.v6(whole, number)),
            # A machine gets the addresses that it asks for, and no others.
            map_public_ip_on_launch=False,
            assign_ipv6_address_on_creation=False,
            tags=naming.tags(self._settings, title),
            opts=self._child,
        ).id

    def _s3_endpoint(self, tables: list[pulumi.Output[str]]) -> None:
        """The way to this account's buckets, which is free and leaves the internet out."""
        title, tags = self._titled("s3")
        self.s3_endpoint = aws.ec2.VpcEndpoint(
            title,
            vpc_id=self.vpc_id,
            vpc_endpoint_type="Gateway",
            service_name=f"com.amazonaws.{self._settings.region}.s3",
            route_table_ids=tables,
            policy=self._account.apply(lambda account: json.dumps(policies.own_buckets(account))),
            tags=tags,
            opts=self._child,
        )

    def _flow_logs(self, key_arn: pulumi.Input[str]) -> None:
        """Who talked to whom, kept for as long as a break-in may go unnoticed."""
        title, tags = self._titled("flow")
        group = aws.cloudwatch.LogGroup(
            title, retention_in_days=FLOW_LOG_DAYS, kms_key_id=key_arn, tags=tags, opts=self._child
        )
        trust = self._account.apply(lambda account: json.dumps(policies.flow_trust(account, self._settings.region)))
        role = aws.iam.Role(
            title,
            description=f"Lets the VPC of {self._settings.environment} write its flow logs",
            assume_role_policy=trust,
            permissions_boundary=shared.boundary_of(self._settings),
            tags=tags,
            opts=self._child,
        )
        document = group.arn.apply(lambda arn: json.dumps(policies.flow_writes(arn)))
        aws.iam.RolePolicy(title, role=role.id, policy=document, opts=self._child)
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

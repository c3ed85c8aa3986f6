"""What a kind of host may do in the account: a role, and the instance profile that hands it to machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.aws import policies, shared
from infra.aws.bucket import Bucket
from infra.settings import Settings

LONGEST_KIND = 24  # with the longest environment (31), Pulumi's suffix (8) and a hyphen, 64


@dataclass(frozen=True)
class IdentityArgs:
    """`groups`: what runs on this kind of host; the bucket and the key are those of the environment."""

    settings: Settings
    groups: Sequence[str]
    backups: Bucket
    key_arn: pulumi.Input[str]


def kind(groups: Sequence[str]) -> str:
    """A kind of host in a name: database-proxy-service; datorcproser if that is too long for a role's 64 letters."""
    whole = "-".join(sorted(groups))
    return whole if len(whole) <= LONGEST_KIND else "".join(group[:3] for group in sorted(groups))


class Identity(pulumi.ComponentResource):
    """`profile`: the name of the instance profile. `role_name`: of the role in it, which may have no right at all."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = naming.name(name, kind(args.groups))
        super().__init__("shoestring:aws:Identity", title, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.role = aws.iam.Role(
            title,
            description=f"Hosts of {args.settings.environment} in {', '.join(sorted(args.groups))}",
            assume_role_policy=json.dumps(policies.trust("ec2.amazonaws.com")),
            permissions_boundary=shared.boundary_of(args.settings),
            tags=naming.tags(args.settings, title),
            opts=child,
        )
        self.role_name = self.role.id
        if policies.GROUPS_WITH_RIGHTS & set(args.groups):
            document = pulumi.Output.all(args.backups.arn, args.key_arn).apply(
                lambda arns: json.dumps(policies.host(args.groups, arns[0], arns[1], args.settings.region))
            )
            self.policy = aws.iam.RolePolicy(title, role=self.role_name, policy=document, opts=child)
        self.instance_profile = aws.iam.InstanceProfile(
            title, role=self.role_name, tags=naming.tags(args.settings, title), opts=child
        )
        self.profile = self.instance_profile.id
        self.register_outputs({})

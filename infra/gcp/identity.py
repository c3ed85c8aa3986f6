"""What a kind of host may do in the project: a service account of its own, with rights on named resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra import naming
from infra.gcp.bucket import Bucket
from infra.settings_clouds import Gcp

LONGEST = 30  # letters of an account's id, says cloud.google.com/iam/docs/service-accounts-create
KEEPS_BACKUPS = "roles/storage.objectUser"  # reads, writes, lists and deletes objects; changes no policy


@dataclass(frozen=True)
class IdentityArgs:
    """`groups`: what runs on this kind of host; the bucket is that of the environment."""

    settings: Gcp
    groups: Sequence[str]
    backups: Bucket


def kind(groups: Sequence[str]) -> str:
    """A kind of host in a name: database-proxy-service."""
    return "-".join(sorted(groups))


def account_id(environment: str, groups: Sequence[str]) -> str:
    """`<environment>-<kind>`, or where that is too long its beginning and six letters of its digest."""
    return naming.shortened(naming.name(environment, kind(groups)), LONGEST)


class Identity(pulumi.ComponentResource):
    """`email`: of the service account, which may have no right at all."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = naming.name(name, kind(args.groups))
        super().__init__("shoestring:gcp:Identity", title, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        environment = args.settings.environment
        self.account = gcp.serviceaccount.Account(
            title,
            account_id=account_id(environment, args.groups),
            display_name=f"Hosts of {environment} in {', '.join(sorted(args.groups))}"[:100],
            opts=child,
        )
        self.email = self.account.email
        if "database" in args.groups:
            gcp.storage.BucketIAMMember(
                naming.name(title, "backups"),
                bucket=args.backups.name,
                role=KEEPS_BACKUPS,
                member=self.account.member,
                opts=child,
            )
        self.register_outputs({})

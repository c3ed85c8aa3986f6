"""What a kind of host may do in the project: a service account of its own, with rights on named resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra import naming
from infra.gcp.bucket import Bucket
from infra.gcp.shared import account_id, account_title, kind
from infra.settings_clouds import Gcp

KEEPS_BACKUPS = "roles/storage.objectUser"  # reads, writes, lists and deletes objects; changes no policy


@dataclass(frozen=True)
class IdentityArgs:
    """`groups`: what runs on this kind of host; the bucket is that of the environment."""

    settings: Gcp
    groups: Sequence[str]
    backups: Bucket


class Identity(pulumi.ComponentResource):
    """`email`: of the service account, which may have no right at all."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        title = naming.name(name, kind(args.groups))
        super().__init__("shoestring:gcp:Identity", title, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        environment = args.settings.environment
        # Who deploys from GitHub may let machines run as these accounts and as no other, which Google grants on each.
        # So bootstrap makes them there, the stack takes them up, and `down` leaves them, which can do nothing then.
        shared = args.settings.repository is not None
        self.account = gcp.serviceaccount.Account(
            title,
            account_id=account_id(environment, args.groups),
            display_name=account_title(environment, args.groups),
            create_ignore_already_exists=shared or None,
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=shared or None),
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

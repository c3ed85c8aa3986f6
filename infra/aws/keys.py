"""The KMS key that everything of an environment is encrypted with."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.aws import policies
from infra.settings import Settings


@dataclass(frozen=True)
class KeysArgs:
    settings: Settings


class Keys(pulumi.ComponentResource):
    """`data_arn`: the key's ARN."""

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:aws:Keys", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        kept = pulumi.ResourceOptions(parent=self, protect=args.settings.deletion_protection)
        title = naming.name(name, "data")
        account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self)).account_id
        self.data = aws.kms.Key(
            title,
            description=f"Everything that {args.settings.environment} stores",
            enable_key_rotation=True,
            rotation_period_in_days=365,
            deletion_window_in_days=30,
            policy=account.apply(lambda account: json.dumps(policies.key(account, args.settings.region))),
            tags=naming.tags(args.settings, title),
            opts=kept,
        )
        self.alias = aws.kms.Alias(title, name_prefix=f"alias/{title}-", target_key_id=self.data.id, opts=child)
        self.data_arn = self.data.arn
        self.register_outputs({})

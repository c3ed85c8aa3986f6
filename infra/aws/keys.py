"""The KMS key that everything of an environment is encrypted with."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.settings import Settings


@dataclass(frozen=True)
class KeysArgs:
    settings: Settings


class Keys(pulumi.ComponentResource):
    """`data_arn`: the key's ARN."""

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:aws:Keys", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        title = naming.name(name, "data")
        self.data = aws.kms.Key(
            title,
            description=f"Everything that {args.settings.environment} stores",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            tags=naming.tags(args.settings, title),
            opts=child,
        )
        self.data_arn = self.data.arn
        self.register_outputs({})

"""The key that a first boot lets in, apart from the machines: another one stops none of them, and replaces none."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming
from infra.settings import Settings


@dataclass(frozen=True)
class LoginArgs:
    """`key`: the public half, `type base64`."""

    settings: Settings
    key: str


class Login(pulumi.ComponentResource):
    """`key_name`: what machines call the key pair.

    After a rotation it holds the new key under the same name, for machines that are made later; those that stand have
    the key from Ansible. As part of their user data it would stop and start all of them at the next `pulumi up`.
    """

    def __init__(self, name: str, args: LoginArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:aws:Login", name, None, opts)
        # A plain string: with the pair's own output Pulumi would replace every machine whose pair is replaced.
        self.key_name = naming.name(name, "deploy")
        self.pair = aws.ec2.KeyPair(
            self.key_name,
            key_name=self.key_name,
            public_key=args.key,
            tags=naming.tags(args.settings, self.key_name),
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),  # AWS knows a name once
        )
        self.register_outputs({})

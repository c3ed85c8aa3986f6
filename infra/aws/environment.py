"""A whole environment on AWS, put together from its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from infra.aws.keys import Keys, KeysArgs
from infra.exposure import Exposure
from infra.settings import Settings


@dataclass(frozen=True)
class EnvironmentArgs:
    """`login_key`: the public key that Ansible logs in with; None is for plans only."""

    settings: Settings
    table: list[Exposure]
    login_key: str | None


class Environment(pulumi.ComponentResource):
    """`footprint`: the Footprint as far as the cloud knows it; `records`: the DNS records that are left to make."""

    def __init__(self, name: str, args: EnvironmentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:aws:Environment", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.keys = Keys(name, KeysArgs(args.settings), child)
        self.footprint: pulumi.Output[dict[str, Any]] = pulumi.Output.from_input({})
        self.records: pulumi.Output[list[str]] = pulumi.Output.from_input([])
        self.register_outputs({})

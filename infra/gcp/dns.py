"""The names that users type: written into a managed zone, or told as the records that are left to make."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra import naming
from infra.settings_clouds import Gcp

TTL_SECONDS = 300


@dataclass(frozen=True)
class RecordsArgs:
    """`address`: the proxy's public IPv4 address; None where the public may not come by it."""

    settings: Gcp
    address: pulumi.Input[str] | None


class Records(pulumi.ComponentResource):
    """`left`: the records to make by hand, each a line as zone files have it; none where there is a zone."""

    def __init__(self, name: str, args: RecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:gcp:Records", name, None, opts)
        settings = args.settings
        left: list[pulumi.Output[str]] = []
        address = args.address
        for each in filter(_is_name, settings.names):
            if address is None:
                continue
            if settings.zone is None:
                left.append(pulumi.Output.concat(f"{each}. {TTL_SECONDS} IN A ", address))
                continue
            gcp.dns.RecordSet(
                naming.name(name, each, "a"),
                managed_zone=settings.zone,
                name=f"{each}.",
                type="A",
                ttl=TTL_SECONDS,
                rrdatas=[address],
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.left: pulumi.Output[list[str]] = pulumi.Output.all(*left).apply(list)
        self.register_outputs({})


def _is_name(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return True
    return False

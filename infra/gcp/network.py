"""The network: one VPC with one subnet, and no way in that exposure.yml does not name."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra import naming
from infra.settings_clouds import Gcp

FLOW_SAMPLING = 0.5  # Google's own default: half of the connections


@dataclass(frozen=True)
class NetworkArgs:
    settings: Gcp


class Network(pulumi.ComponentResource):
    """`vpc_id`, `vpc_cidr`, `subnet`; `zones`: the names of both."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:gcp:Network", name, None, opts)
        settings = args.settings
        self._child = pulumi.ResourceOptions(parent=self)
        self.zones = [f"{settings.region}-{letter}" for letter in settings.zones]
        self.vpc = gcp.compute.Network(
            name,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            description=f"The network of {settings.environment}",
            opts=self._child,
        )
        self.vpc_id, self.vpc_cidr = self.vpc.id, settings.cidr
        self._subnet = gcp.compute.Subnetwork(
            name,
            network=self.vpc_id,
            region=settings.region,
            ip_cidr_range=settings.cidr,
            stack_type="IPV4_ONLY",
            private_ip_google_access=True,  # buckets and secrets without the internet
            log_config=_flow_logs() if settings.prod else None,
            description=f"All hosts of {settings.environment}",
            opts=self._child,
        )
        # Known only once there is the way out: a machine's first boot needs it.
        way = self._nat(name, settings) if settings.nat else []
        self.subnet = pulumi.Output.all(self._subnet.id, *way).apply(lambda ids: str(ids[0]))
        self.register_outputs({})

    def _nat(self, name: str, settings: Gcp) -> list[pulumi.Output[str]]:
        """Hosts without a public address reach the OS mirror; nobody reaches them."""
        title = naming.name(name, "nat")
        router = gcp.compute.Router(title, network=self.vpc_id, region=settings.region, opts=self._child)
        nat = gcp.compute.RouterNat(
            title,
            router=router.name,
            region=settings.region,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
            log_config={"enable": True, "filter": "ERRORS_ONLY"},
            opts=self._child,
        )
        return [nat.id]


def _flow_logs() -> gcp.compute.SubnetworkLogConfigArgsDict:
    """Who talked to whom; kept for 30 days by the project's default log bucket."""
    return {
        "aggregation_interval": "INTERVAL_10_MIN",
        "flow_sampling": FLOW_SAMPLING,
        "metadata": "INCLUDE_ALL_METADATA",
    }

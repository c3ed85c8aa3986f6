"""A machine with Debian 13, and a disk of its own for a database's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import pulumi
import pulumi_gcp as gcp

from infra import naming, sizes
from infra.gcp import user_data
from infra.settings import HostSetting
from infra.settings_clouds import Gcp

IMAGES = "projects/debian-cloud/global/images"
BY_ID = "/dev/disk/by-id/google-"
"""And the name that an attached disk has on its machine."""
# What the service account may do is IAM's to say; the scope only must not be narrower: buckets and logs.
SCOPES = ["https://www.googleapis.com/auth/devstorage.read_write"]


class Volume(TypedDict):
    """As in the Footprint."""

    purpose: str
    device: pulumi.Input[str]


@dataclass(frozen=True)
class VmArgs:
    """`subnet` of the region that has `zone`; `account`: the e-mail address of the service account it runs as.

    `key`: the id of the key that its disks are encrypted with. `login_key`: the public key that Ansible logs in with.
    `public`: give it a static address.
    """

    settings: Gcp
    host: HostSetting
    subnet: pulumi.Input[str]
    zone: str
    account: pulumi.Input[str]
    key: pulumi.Input[str]
    login_key: str
    public: bool = False


class Vm(pulumi.ComponentResource):
    """`instance_name`, `zone`, `private_ip`, `public_ip` (None if it is not public) and `volumes`."""

    def __init__(self, name: str, args: VmArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:gcp:Vm", name, None, opts)
        settings, size = args.settings, sizes.GCP[args.settings.size]
        self._child = pulumi.ResourceOptions(parent=self)
        self.public_ip = self._address(name, settings) if args.public else None
        self.zone = args.zone
        self.instance = gcp.compute.Instance(
            name,
            zone=args.zone,
            machine_type=args.host.machine or size.machine,
            boot_disk={
                "auto_delete": True,
                "kms_key_self_link": args.key,
                "initialize_params": {
                    "image": f"{IMAGES}/{settings.image}",
                    "size": size.root_gib,
                    "type": "pd-balanced",
                    "labels": naming.labels(settings, naming.name(name, "root")),
                },
            },
            network_interfaces=[
                {
                    "subnetwork": args.subnet,
                    "stack_type": "IPV4_ONLY",
                    # No list is no public address: what Google would give by itself changes with each stop.
                    "access_configs": [{"nat_ip": self.public_ip, "network_tier": "PREMIUM"}] if args.public else [],
                }
            ],
            service_account={"email": args.account, "scopes": SCOPES},
            shielded_instance_config={
                "enable_secure_boot": True,
                "enable_vtpm": True,
                "enable_integrity_monitoring": True,
            },
            metadata=user_data.metadata(args.login_key),
            can_ip_forward=False,
            scheduling=_spot() if args.host.spot else None,
            allow_stopping_for_update=True,
            deletion_protection=settings.deletion_protection,
            labels=naming.labels(settings, name),
            opts=self._child,
        )
        self.instance_name = self.instance.name
        self.private_ip = self.instance.network_interfaces.apply(lambda interfaces: str(interfaces[0].network_ip))
        self.volumes = [self._volume(name, "database", args)] if "database" in args.host.groups else []
        self.register_outputs({})

    def _address(self, title: str, settings: Gcp) -> pulumi.Output[str]:
        return gcp.compute.Address(
            title,
            region=settings.region,
            address_type="EXTERNAL",
            network_tier="PREMIUM",
            labels=naming.labels(settings, title),
            opts=self._child,
        ).address

    def _volume(self, name: str, purpose: str, args: VmArgs) -> Volume:
        """Neither is part of the instance, so that replacing a machine never touches data, nor a disk a machine."""
        title = naming.name(name, purpose)
        disk = gcp.compute.Disk(
            title,
            zone=args.zone,
            type="pd-balanced",
            size=sizes.GCP[args.settings.size].data_gib,
            disk_encryption_key={"kms_key_self_link": args.key},
            labels=naming.labels(args.settings, title),
            opts=pulumi.ResourceOptions(parent=self, protect=args.settings.deletion_protection),
        )
        gcp.compute.AttachedDisk(
            title,
            disk=disk.id,
            instance=self.instance.id,
            device_name=purpose,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        return {"purpose": purpose, "device": f"{BY_ID}{purpose}"}


def _spot() -> gcp.compute.InstanceSchedulingArgsDict:
    """Stopped when Google wants it back, with its disk; `pulumi up --refresh` starts it again."""
    return {
        "provisioning_model": "SPOT",
        "preemptible": True,
        "automatic_restart": False,
        "instance_termination_action": "STOP",
        "on_host_maintenance": "TERMINATE",
    }

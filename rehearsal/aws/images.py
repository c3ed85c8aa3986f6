"""Debian's machine images, which AWS has and moto lacks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.aws.account import Account

OWNER = "136693071363"  # Debian's account, https://wiki.debian.org/Cloud/AmazonEC2Image
ROOT_DEVICE = "/dev/xvda"


def definition(name: str) -> dict[str, Any]:
    """An image in moto's form, as a server reads a list of them from the JSON file in MOTO_AMIS_PATH."""
    return {
        "ami_id": f"ami-{hashlib.sha256(name.encode()).hexdigest()[:17]}",
        "name": name,
        "description": f"Debian, {name}",
        "owner_id": OWNER,
        "public": True,
        "state": "available",
        "image_type": "machine",
        "image_location": f"{OWNER}/{name}",
        "architecture": "x86_64",
        "virtualization_type": "hvm",
        "hypervisor": "xen",
        "root_device_type": "ebs",
        "root_device_name": ROOT_DEVICE,
        "sriov": "simple",
        "boot_mode": "uefi-preferred",
    }


def offer(account: Account, names: Sequence[str]) -> None:
    """Let the account in this process have these images in its region."""
    from moto.ec2.models import ec2_backends  # here: it takes a second to load, and a server's account needs none of it
    from moto.ec2.models.amis import Ami

    backend = ec2_backends[account.id][account.region]
    for name in names:
        image = definition(name)
        backend.amis[image["ami_id"]] = Ami(backend, **image, region_name=f"{account.region}a")

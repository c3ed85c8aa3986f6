"""A machine with Debian 13, and a volume of its own for a database's data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypedDict

import pulumi
import pulumi_aws as aws

from infra import naming, sizes
from infra.aws import user_data
from infra.aws.login import Login
from infra.settings import HostSetting, Settings

DEBIAN = "136693071363"  # the account that publishes Debian's images, says wiki.debian.org/Cloud/AmazonEC2Image
BY_ID = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_"
BURSTS = re.compile(r"t\d")


class Volume(TypedDict):
    """As in the Footprint."""

    purpose: str
    device: pulumi.Output[str]


@dataclass(frozen=True)
class VmArgs:
    """`subnet`, which lies in `zone`; `groups`: its security groups; `profile`: its instance profile's name.

    `image`: an image's id. `login`: whom its first boot lets in. `public`: give it a static address.
    """

    settings: Settings
    host: HostSetting
    subnet: pulumi.Input[str]
    zone: str
    groups: list[pulumi.Output[str]]
    key_arn: pulumi.Input[str]
    profile: pulumi.Input[str]
    image: pulumi.Input[str]
    login: Login
    public: bool = False


class Vm(pulumi.ComponentResource):
    """`instance_id`, `private_ip`, `ipv6`, `public_ip` (None if it is not public) and `volumes`."""

    def __init__(self, name: str, args: VmArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shoestring:aws:Vm", name, None, opts)
        settings, size = args.settings, sizes.AWS[args.settings.size]
        machine = args.host.machine or size.machine
        self._child = pulumi.ResourceOptions(parent=self)
        self.instance = aws.ec2.Instance(
            name,
            ami=args.image,
            instance_type=machine,
            subnet_id=args.subnet,
            vpc_security_group_ids=args.groups,
            iam_instance_profile=args.profile,
            # The static address comes by Eip; a second one, which changes with each stop, would be paid for too.
            associate_public_ip_address=False,
            ipv6_address_count=1,
            enable_primary_ipv6=True,
            source_dest_check=True,
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,
                "instance_metadata_tags": "disabled",
            },
            root_block_device={
                "volume_type": "gp3",
                "volume_size": size.root_gib,
                "encrypted": True,
                "kms_key_id": args.key_arn,
                "delete_on_termination": True,
                "tags": naming.tags(settings, naming.name(name, "root")),
            },
            # `unlimited`, which is the default, charges for every hour of work beyond what the machine has earned.
            credit_specification={"cpu_credits": "standard"} if BURSTS.match(machine) else None,
            instance_market_options=_spot() if args.host.spot else None,
            monitoring=settings.prod,
            # AWS knows no such protection for spot machines. None has the one against stopping: nothing is lost by a
            # stop, and a machine that can't be stopped can't be given another type.
            disable_api_termination=settings.deletion_protection and not args.host.spot,
            # Only the first boot reads it: a change is no reason for another machine, and stops and starts this one.
            user_data=user_data.render(args.host.name, settings.mirror),
            user_data_replace_on_change=False,
            key_name=args.login.key_name,
            tags=naming.tags(settings, name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.login.pair]),
        )
        self.instance_id, self.private_ip = self.instance.id, self.instance.private_ip
        self.ipv6 = self.instance.ipv6_addresses.apply(lambda addresses: addresses[0])
        self.public_ip = self._address(name, settings) if args.public else None
        self.volumes = [self._volume(naming.name(name, "database"), "database", args)] if _has_data(args.host) else []
        self.register_outputs({})

    def _address(self, title: str, settings: Settings) -> pulumi.Output[str]:
        self.address = aws.ec2.Eip(
            title, domain="vpc", instance=self.instance_id, tags=naming.tags(settings, title), opts=self._child
        )
        return self.address.public_ip

    def _volume(self, title: str, purpose: str, args: VmArgs) -> Volume:
        """Neither is part of the instance, so that replacing a machine never touches data, nor a volume a machine."""
        volume = aws.ebs.Volume(
            title,
            availability_zone=args.zone,
            type="gp3",
            size=sizes.AWS[args.settings.size].data_gib,
            encrypted=True,
            kms_key_id=args.key_arn,
            tags=naming.tags(args.settings, title),
            opts=pulumi.ResourceOptions(parent=self, protect=args.settings.deletion_protection),
        )
        aws.ec2.VolumeAttachment(
            title,
            device_name="/dev/sdf",
            volume_id=volume.id,
            instance_id=self.instance_id,
            # The old machine shuts its database down before the volume goes to the new one.
            stop_instance_before_detaching=True,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        return {"purpose": purpose, "device": volume.id.apply(lambda text: BY_ID + text.replace("-", ""))}


def _has_data(host: HostSetting) -> bool:
    return "database" in host.groups


def _spot() -> aws.ec2.InstanceInstanceMarketOptionsArgsDict:
    """Gone for good when AWS wants it back; the next `pulumi up --refresh` makes another.

    A `persistent` request would bring it back by itself, but also after Pulumi has deleted it: the provider leaves the
    request standing (github.com/hashicorp/terraform-provider-aws/issues/38142).
    """
    options: aws.ec2.InstanceInstanceMarketOptionsSpotOptionsArgsDict = {
        "spot_instance_type": "one-time",
        "instance_interruption_behavior": "terminate",
    }
    return {"market_type": "spot", "spot_options": options}


def image(settings: Settings, parent: pulumi.Resource) -> pulumi.Input[str]:
    """The id of the settings' image in their region. A full name is one build, so the answer never changes."""
    if settings.image.startswith("ami-"):
        return settings.image
    found = aws.ec2.get_ami_output(
        owners=[DEBIAN],
        filters=[{"name": "name", "values": [settings.image]}],
        include_deprecated=True,  # AWS marks each as such after two years, and it still starts
        opts=pulumi.InvokeOutputOptions(parent=parent),
    )
    return found.id

"""EC2's machines, volumes and tags. Its model in botocore has hardly any pattern or limit."""

from __future__ import annotations

import base64
import re

from rehearsal.aws.conflicts.rule import Breaks, Conflict, Parameters, longer, stated, together, without

GUIDE = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/"
USER_DATA_BYTES = 16 * 1024
GIB = {"gp2": (1, 16384), "gp3": (1, 65536), "io1": (4, 16384), "io2": (4, 65536), "standard": (1, 1024)}
"""What the types of volumes can hold; st1 and sc1 hold OTHER."""
OTHER = (125, 16384)


def _credits_in_vain(call: Parameters) -> bool:
    return "CreditSpecification" in call and not re.match(r"t\d", call["InstanceType"])


def _protected_spot(call: Parameters) -> bool:
    return bool(call.get("DisableApiTermination")) and call.get("InstanceMarketOptions", {}).get("MarketType") == "spot"


def _long_user_data(call: Parameters) -> bool:
    return len(base64.b64decode(call.get("UserData", ""))) > USER_DATA_BYTES


def _only(name: str, *types: str) -> Breaks:
    return lambda volume: name in volume and volume.get("VolumeType") not in types


def _size(name: str) -> Breaks:
    def breaks(volume: Parameters) -> bool:
        least, most = GIB.get(volume.get("VolumeType", "gp2"), OTHER)
        return name in volume and not least <= volume[name] <= most

    return breaks


def _volume(shape: str, size: str, within: str = "") -> list[Conflict]:
    rule = stated("ec2", shape, within)
    return [
        rule("KmsKeyId", "needs Encrypted", without("KmsKeyId", "Encrypted")),
        rule("Throughput", "is for gp3 only", _only("Throughput", "gp3")),
        rule("Iops", "is for gp3, io1 and io2 only", _only("Iops", "gp3", "io1", "io2")),
        rule(size, "is not what the volume's type can hold", _size(size)),
    ]


def _tags(within: str) -> list[Conflict]:
    rule = stated("ec2", "Tag", within)
    return [
        rule("Key", "begins with aws:", lambda tag: tag["Key"].startswith("aws:")),
        rule("Key", "has more than 127 characters", longer("Key", 127)),
        rule("Value", "has more than 256 characters", longer("Value", 256)),
    ]


TAGS = _tags("TagSpecifications[].Tags[]")
_run = stated("ec2", "RunInstancesRequest")
_interface = stated("ec2", "InstanceNetworkInterfaceSpecification", "NetworkInterfaces[]")
_BELONGS = "belongs into NetworkInterfaces, where these are given"

TABLE = {
    "RunInstances": [
        *(
            _run(name, _BELONGS, together(name, "NetworkInterfaces"))
            for name in ("SubnetId", "SecurityGroupIds", "Ipv6AddressCount")
        ),
        _interface("Ipv6AddressCount", "excludes Ipv6Addresses", together("Ipv6AddressCount", "Ipv6Addresses")),
        _run("CreditSpecification", "is for machines that burst", _credits_in_vain),
        Conflict(
            "DisableApiTermination",
            "can't be on for a spot machine",
            f"{GUIDE}Using_ChangingDisableAPITermination.html",
            _protected_spot,
        ),
        Conflict("UserData", f"has more than {USER_DATA_BYTES} bytes", f"{GUIDE}user-data.html", _long_user_data),
        *_volume("EbsBlockDevice", "VolumeSize", "BlockDeviceMappings[].Ebs"),
        *TAGS,
    ],
    "CreateVolume": [*_volume("CreateVolumeRequest", "Size"), *TAGS],
    "AllocateAddress": TAGS,
    "CreateTags": _tags("Tags[]"),
}

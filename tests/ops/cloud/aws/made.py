"""What an emulated account is furnished with."""

from __future__ import annotations

from typing import Any

import boto3

REGION = "eu-central-1"


def machine(address: str, environment: str = "aws-dev") -> str:
    """A running instance with that private address. Returns its id."""
    ec2 = boto3.client("ec2", REGION)
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.0.0/24")["Subnet"]["SubnetId"]
    made = ec2.run_instances(
        ImageId="ami-0123456789abcdef0",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        PrivateIpAddress=address,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "environment", "Value": environment}]},
        ],
    )
    return str(made["Instances"][0]["InstanceId"])


def database(rds: Any, name: str, environment: str = "aws-dev") -> None:
    """A protected PostgreSQL."""
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="shoestring",
        MasterUserPassword="only-for-moto",
        DeletionProtection=True,
        Tags=[{"Key": "environment", "Value": environment}],
    )


def block(*lines: str) -> str:
    """Host keys as cloud-init prints them, between what else is on a console."""
    inner = "\r\n".join(lines)
    return (
        "[   12.345678] cloud-init[612]: ci-info: no authorized SSH keys fingerprints found\r\n"
        "<14>Nov 26 01:00:00 cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----\r\n"
        f"<14>Nov 26 01:00:00 cloud-init: 256 SHA256:abc root@solo (ED25519)\r\n"
        "-----BEGIN SSH HOST KEY KEYS-----\r\n"
        f"{inner}\r\n"
        "-----END SSH HOST KEY KEYS-----\r\nDebian GNU/Linux 13 solo ttyS0\r\n\r\nsolo login: "
    )

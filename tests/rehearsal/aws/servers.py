"""An emulated account as a process of its own, as a rehearsal starts it."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

from ops.environment import ROOT
from ops.rehearse.aws.account import answers
from rehearsal.aws import images
from rehearsal.planes.process import Process
from tests.rehearsal.aws.small import REGION

IMAGE = "debian-13-amd64-20260914-2601"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@contextlib.contextmanager
def serving(directory: Path) -> Iterator[str]:
    """The URL of a server whose consoles are in `directory`, for as long as the block lasts."""
    port, server = free_port(), Process("account", directory / "process")
    offered = directory / "images.json"
    offered.write_text(json.dumps([images.definition(IMAGE)]))
    argv = [sys.executable, "-m", "rehearsal.aws.server", str(port), str(directory)]
    url = f"http://127.0.0.1:{port}"
    try:
        settings = {"MOTO_AMIS_PATH": str(offered), "PYTHONPATH": str(ROOT)}
        server.start(argv, settings, lambda: answers(url), seconds=60)
        yield url
    finally:
        server.stop()


def client(url: str, service: str) -> Any:
    session = boto3.Session("rehearsal", "rehearsal", region_name=REGION)
    return session.client(service, endpoint_url=url)


def machine(url: str) -> dict[str, Any]:
    """An instance of the account's, in a network of its own; with `network`, as the account describes that."""
    ec2 = client(url, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.20.0.0/18")["Subnet"]["SubnetId"]
    image = ec2.describe_images(Filters=[{"Name": "name", "Values": [IMAGE]}])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="t3a.small")
    network = ec2.describe_vpcs(VpcIds=[vpc["VpcId"]])["Vpcs"][0]
    return {**made["Instances"][0], "network": network}

"""An account whose hosts are real: on the loopback alone, with consoles, and with addresses that lead nowhere else."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.aws import servers


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def url(directory: Path) -> Iterator[str]:
    with servers.serving(directory) as url:
        yield url


@pytest.fixture(scope="module")
def machine(url: str) -> dict[str, Any]:
    return servers.machine(url)


def console(url: str, identity: str) -> str:
    said = servers.client(url, "ec2").get_console_output(InstanceId=identity)
    assert said["InstanceId"] == identity
    return str(said["Output"])


def test_a_console_says_what_the_machine_has_printed(url: str, machine: dict[str, Any], directory: Path) -> None:
    identity = machine["InstanceId"]
    assert console(url, identity) == "", "before its first boot it has said nothing"
    (directory / "console").mkdir()
    text = "-----BEGIN SSH HOST KEY KEYS-----\nssh-ed25519 AAAA gr\u00fc\u00dfe\n"
    (directory / "console" / identity).write_text(text)
    assert console(url, identity) == text
    (directory / "console" / identity).write_text("another boot\n")
    assert console(url, identity) == "another boot\n"


def test_only_machines_of_the_account_have_a_console(url: str) -> None:
    with pytest.raises(ClientError) as refused:
        console(url, "i-0123456789abcdef0")
    assert refused.value.response["Error"]["Code"] == "InvalidInstanceID.NotFound"


def test_a_network_s_ipv6_range_is_one_that_hosts_here_may_have(machine: dict[str, Any]) -> None:
    (one,) = machine["network"]["Ipv6CidrBlockAssociationSet"]
    network = ipaddress.IPv6Network(one["Ipv6CidrBlock"])
    assert network.subnet_of(ipaddress.IPv6Network("fd00::/8")), "moto's are somebody's, and packets would go there"
    assert network.prefixlen == 56, "of the size that AWS gives"


def test_no_two_networks_have_the_same_range(url: str, machine: dict[str, Any]) -> None:
    other = servers.machine(url)
    ranges = [one["network"]["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"] for one in (machine, other)]
    assert ranges[0] != ranges[1]


def test_a_static_address_leads_nowhere(url: str) -> None:
    ec2 = servers.client(url, "ec2")
    found = [ipaddress.IPv4Address(ec2.allocate_address(Domain="vpc")["PublicIp"]) for _ in range(5)]
    assert all(address in ipaddress.IPv4Network("198.18.0.0/15") for address in found), "moto's are this machine's own"


def test_it_listens_on_the_loopback_alone(url: str) -> None:
    port = int(url.rpartition(":")[2])
    listening = []
    for table in ("tcp", "tcp6"):
        rows = [line.split() for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
        listening += [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert listening == [f"0100007F:{port:04X}"], "whoever reaches it is the account's owner"


def test_it_offers_the_images_that_it_was_given_and_no_others(url: str) -> None:
    images = servers.client(url, "ec2").describe_images()["Images"]
    assert [image["Name"] for image in images] == [servers.IMAGE]

"""What rehearsal.hosts is told of an account's machines is what it takes, for one machine as for two and a database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from rehearsal.hosts import config
from rehearsal.planes import hosts
from rehearsal.planes.wanted import Database, Disk, Machine

SUBNET4, SUBNET6 = "10.20.0.0/16", "fd12:3456:789a:bc00::/56"
DEVICE = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0"
SOLO = Machine(
    "solo",
    "i-0123456789abcdef0",
    "10.20.0.207",
    "fd12:3456:789a:bc00::cf",
    ("proxy", "service", "database"),
    "ssh-ed25519 AAAA",
    (Disk("database", DEVICE, 20),),
)
APP1 = replace(SOLO, name="app1", address="10.20.1.5", address6="fd12:3456:789a:bc01::5", groups=("proxy",), disks=())
APP2 = replace(APP1, name="app2", address="10.20.2.5", address6="fd12:3456:789a:bc02::5", groups=("service",))
DATABASE = Database("prod", "10.20.255.254", 5432, "17", "shoestring", "shoestring", "secret")


def loaded(path: Path, said: dict[str, Any]) -> config.Rehearsal:
    path.write_text(yaml.safe_dump(said, sort_keys=False))
    return config.load(path)


def test_one_machine_keeps_its_addresses_and_its_disk(tmp_path: Path) -> None:
    read = loaded(tmp_path / "hosts.yml", hosts.described("aws-dev-rehearsed", SUBNET4, SUBNET6, [SOLO], []))
    assert (str(read.subnet4), str(read.subnet6)) == (SUBNET4, SUBNET6)
    (solo,) = read.hosts
    assert (solo.name, str(solo.address), str(read.address6(solo))) == ("solo", SOLO.address, SOLO.address6)
    assert solo.groups == list(SOLO.groups)
    assert [(each.purpose, each.size, each.path) for each in solo.volumes] == [("database", "20G", DEVICE)]


def test_two_machines_and_a_database_are_three_hosts(tmp_path: Path) -> None:
    said = hosts.described("aws-prod-rehearsed", SUBNET4, SUBNET6, [APP1, APP2], [DATABASE])
    read = loaded(tmp_path / "hosts.yml", said)
    found = [(host.name, str(host.address), str(read.address6(host)), host.groups) for host in read.hosts]
    assert found == [
        ("app1", APP1.address, APP1.address6, ["proxy"]),
        ("app2", APP2.address, APP2.address6, ["service"]),
        (hosts.MANAGED, DATABASE.address, "fd12:3456:789a:bc00::fffe", [hosts.MANAGED]),
    ]
    assert not any(host.volumes for host in read.hosts)


def test_no_secret_and_no_key_is_handed_on() -> None:
    said = yaml.safe_dump(hosts.described("e", SUBNET4, SUBNET6, [SOLO, APP1], [DATABASE]))
    assert DATABASE.password not in said
    assert SOLO.login_key not in said, "it goes by a file of its own, as for every environment"


def test_each_environment_has_a_bridge_of_its_own() -> None:
    names = {hosts.described(name, SUBNET4, SUBNET6, [SOLO], [])["bridge"] for name in ("a", "b", "a" * 30)}
    assert len(names) == 3, "a rehearsal's down would take another's bridge"
    assert all(len(name) <= 15 for name in names), "the kernel takes no more (IFNAMSIZ)"
    assert hosts.described("a", SUBNET4, SUBNET6, [SOLO], [])["bridge"] in names, "the next run finds it again"


def test_a_database_s_host_gets_the_last_address_that_is_free() -> None:
    assert hosts.place(SUBNET4, []) == "10.20.255.254"
    assert hosts.place(SUBNET4, ["10.20.255.254", "10.20.0.5", "10.20.255.253"]) == "10.20.255.252"
    assert hosts.place("10.20.0.0/28", [f"10.20.0.{number}" for number in range(4, 15)]) == "10.20.0.3"

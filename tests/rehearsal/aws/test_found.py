"""What an emulated account has is what runs here: read from the account itself, or refused by the name of what lacks.

The real program made both stacks in it, with one range of addresses: they are told apart by their tags alone.
"""

from __future__ import annotations

import ipaddress

import pytest

from infra.aws.database import PARAMETERS
from rehearsal.planes.wanted import Disk
from tests.rehearsal.aws.read_back import DEV, LOGIN, PLACE, PROD, back


@pytest.mark.parametrize("stack", [DEV, PROD])
def test_each_machine_is_the_instance_at_its_address(stack: str) -> None:
    read = back()
    stated = read.stated[stack]
    assert [(one.name, one.address, list(one.groups)) for one in read.machines[stack]] == [
        (host["name"], host["address"], host["groups"]) for host in stated["hosts"]
    ]
    for machine in read.machines[stack]:
        instance = read.instances[machine.identity]
        assert instance["PrivateIpAddress"] == machine.address
        tags = {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
        assert tags["environment"] == stack, f"{machine.address} is also a machine of the other environment"
        (address6,) = instance["NetworkInterfaces"][0]["Ipv6Addresses"]
        assert address6["Ipv6Address"] == machine.address6
        assert ipaddress.ip_address(machine.address6) in ipaddress.ip_network(stated["network"]["private_cidrs"][1])


def test_the_two_stacks_do_share_an_address() -> None:
    read = back()
    assert {one.address for one in read.machines[DEV]} & {one.address for one in read.machines[PROD]}, (
        "without one the test above says nothing of tags"
    )


@pytest.mark.parametrize("stack", [DEV, PROD])
def test_the_first_boot_lets_the_environment_s_own_key_in(stack: str) -> None:
    assert {machine.login_key for machine in back().machines[stack]} == {LOGIN[stack]}


def test_the_data_s_disk_has_the_volume_s_size_and_name() -> None:
    read = back()
    (solo,) = read.machines[DEV]
    (volume,) = read.stated[DEV]["hosts"][0]["volumes"]
    size = next(size for name, size in read.volumes.items() if volume["device"].endswith(name))
    assert solo.disks == (Disk("database", volume["device"], size),)
    assert len(set(read.volumes.values())) > 1, "the system's disk has another size, or any would do"
    assert [machine.disks for machine in read.machines[PROD]] == [(), ()], "their system's disk is none of data"


def test_the_managed_database_is_as_the_account_has_it() -> None:
    read = back()
    (database,) = read.databases[PROD]
    stated = read.stated[PROD]["database"]
    assert database.identity == read.database
    assert (database.address, database.port) == (PLACE, 5432), "its name leads to the cloud"
    assert (database.version, database.name) == (stated["version"], stated["name"])
    assert database.user == stated["admin"]["user"]
    assert dict(database.parameters) == PARAMETERS
    assert type(database.port) is int


def test_its_password_is_the_one_in_the_account_s_own_store() -> None:
    read = back()
    (database,) = read.databases[PROD]
    assert database.password == read.password
    assert read.password not in repr(database)
    assert stated_secret() == read.secret


def stated_secret() -> str:
    secret: str = back().stated[PROD]["database"]["admin"]["secret"]
    return secret.removeprefix("aws-sm:")


def test_it_lets_in_the_machines_of_its_environment_and_no_others() -> None:
    read = back()
    (database,) = read.databases[PROD]
    assert database.allowed == tuple(sorted(machine.address for machine in read.machines[PROD]))


def test_a_database_on_a_host_is_no_managed_one() -> None:
    assert back().databases[DEV] == ()


def test_a_volume_that_is_not_attached_is_named_with_its_machine() -> None:
    read = back()
    (solo,) = read.machines[DEV]
    for word in (solo.name, "database", solo.identity):
        assert word in read.refused["detached volume"].cause

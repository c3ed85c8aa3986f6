"""Machines as other settings have them. What the stacks' own come to is read back: test_exists_machines.py."""

from __future__ import annotations

from typing import Any

import pytest

from infra import sizes, zones
from infra.aws import vm
from rehearsal.program import Made, Resource
from tests.infra.aws import plans

FOUR = [
    {"name": "gate1", "groups": ["proxy"]},
    {"name": "app1", "groups": ["service"]},
    {"name": "app2", "groups": ["service"], "machine": "m6a.large"},
    {"name": "data2", "groups": ["database"]},
]
ID = "ami-00112233445566778"


def machine(made: Made, host: str) -> Resource:
    (found,) = (one for one in plans.machines(made) if one.name.endswith(f"-{host}"))
    return found


@pytest.fixture(scope="module")
def four() -> Made:
    return plans.changed("aws-dev", hosts=FOUR)[1]


@pytest.mark.parametrize("size", sizes.SIZES)
def test_a_size_is_one_word_for_machine_disk_and_volume(size: str) -> None:
    _, made = plans.changed("aws-dev", size=size)
    (one,), (volume,) = plans.machines(made), plans.of(made, "Volume")
    expected = sizes.AWS[size]
    assert one.inputs["instanceType"] == expected.machine
    assert one.inputs["rootBlockDevice"]["volumeSize"] == expected.root_gib
    assert volume.inputs["size"] == expected.data_gib


def test_a_machine_of_its_own_and_what_it_may_cost(four: Made) -> None:
    assert machine(four, "app2").inputs["instanceType"] == "m6a.large"
    assert machine(four, "app1").inputs["instanceType"] == sizes.AWS["small"].machine
    assert machine(four, "app1").inputs["creditSpecification"] == {"cpuCredits": "standard"}, (
        "unlimited bills every hour of work beyond what was earned"
    )
    assert "creditSpecification" not in machine(four, "app2").inputs, "AWS refuses it for a type that earns none"


def test_only_the_proxy_is_in_a_public_subnet(four: Made) -> None:
    names = {plans.identity(one): one.name for one in plans.of(four, "Subnet")}
    sides = {host["name"]: names[machine(four, str(host["name"])).inputs["subnetId"]] for host in FOUR}
    assert sides == {
        "gate1": "aws-dev-public-a",
        "app1": "aws-dev-private-a",
        "app2": "aws-dev-private-b",
        "data2": "aws-dev-private-b",
    }
    (address,) = plans.of(four, "Eip")
    assert address.inputs["instance"] == plans.identity(machine(four, "gate1"))
    assert not any(one.inputs["associatePublicIpAddress"] for one in plans.machines(four)), "paid for, and not static"


def test_data_has_a_volume_of_its_own_where_the_machine_is(four: Made) -> None:
    (volume,), (attached,) = plans.of(four, "Volume"), plans.of(four, "VolumeAttachment")
    host = machine(four, "data2")
    assert attached.inputs["volumeId"] == plans.identity(volume)
    assert attached.inputs["instanceId"] == plans.identity(host)
    assert volume.inputs["availabilityZone"] == plans.REGION + "ab"[zones.of("data2")], "it can't be attached else"
    assert volume.inputs["encrypted"] is True
    assert volume.options["protect"], "it is all the data there is"
    assert "protect" not in host.options, "the machine is made again from this repository"


def test_a_volume_leaves_an_old_machine_before_it_comes_to_a_new_one(four: Made) -> None:
    (attached,) = plans.of(four, "VolumeAttachment")
    assert attached.options["delete_before_replace"], "AWS attaches a gp3 volume to one machine"
    assert attached.inputs["stopInstanceBeforeDetaching"] is True, "its database would lose it while it writes"


def test_throwaway_environments_can_be_thrown_away() -> None:
    _, made = plans.changed("aws-dev", deletion_protection=False)
    (one,), (volume,) = plans.machines(made), plans.of(made, "Volume")
    assert one.inputs["disableApiTermination"] is False
    assert "protect" not in volume.options


def test_a_machine_is_known_to_the_network_by_an_ipv6_address_that_stays(four: Made) -> None:
    for one in plans.machines(four):
        assert one.inputs["ipv6AddressCount"] == 1, f"{one.name} reaches no OS mirror from a private subnet"
        assert one.inputs["enablePrimaryIpv6"] is True, "the AAAA record would lead to nobody after a change"


def test_the_image_is_one_build_of_debians_own_account() -> None:
    (asked,) = plans.images("aws-dev")
    assert asked["owners"] == [vm.DEBIAN], "anybody may give an image any name"
    (named,) = asked["filters"]
    assert named == {"name": "name", "values": ["debian-13-amd64-20260914-2601"]}
    assert "*" not in named["values"][0], "the newest one is another one tomorrow, and replaces every machine"
    assert not asked.get("mostRecent")
    assert asked["includeDeprecated"] is True, "AWS hides it after two years"


def test_an_image_by_its_id_is_taken_as_it_is() -> None:
    settings: dict[str, Any] = {"image": ID}
    assert plans.images("aws-dev", **settings) == []
    _, made = plans.changed("aws-dev", **settings)
    assert [one.inputs["ami"] for one in plans.machines(made)] == [ID]


def test_a_spot_machine_is_not_brought_back_behind_pulumis_back() -> None:
    hosts = [{"name": "solo", "groups": ["proxy", "service", "database"], "spot": True}]
    _, made = plans.changed("aws-dev", hosts=hosts, limits={"spot": 1})
    (one,) = plans.machines(made)
    options = one.inputs["instanceMarketOptions"]
    assert options["marketType"] == "spot"
    assert options["spotOptions"] == {"spotInstanceType": "one-time", "instanceInterruptionBehavior": "terminate"}
    (volume,) = plans.of(made, "Volume")
    assert volume.options["protect"], "the machine may go any minute, its data may not"

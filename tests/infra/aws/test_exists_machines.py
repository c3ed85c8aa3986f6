"""The machines, volumes and addresses that exist once both stacks are made."""

from __future__ import annotations

import pytest
import yaml

from tests.infra.aws import emulated, plans
from tests.infra.aws.emulated import Thing

EACH = pytest.mark.parametrize("stack", plans.STACKS)
PROXIES = {"aws-dev": "solo", "aws-prod": "app1"}


def machines(stack: str) -> dict[str, Thing]:
    """By the names of the hosts."""
    found = emulated.of(emulated.exists().ec2["machines"], stack)
    named = {emulated.tags(one)["Name"].removeprefix(f"{stack}-"): one for one in found}
    assert set(named) == {host.name for host in plans.settings(stack).hosts}
    return named


def key_arn(stack: str) -> str:
    (key,) = emulated.of(emulated.exists().keys, stack)
    return str(key["Arn"])


@EACH
def test_a_machines_role_is_not_to_be_had_by_fooling_its_service(stack: str) -> None:
    for name, one in machines(stack).items():
        options = one["MetadataOptions"]
        assert options["HttpTokens"] == "required", f"{name}: IMDSv1 gives its keys to any request forgery"
        assert options["HttpPutResponseHopLimit"] == 1, "nothing behind the machine reaches it either"
        assert options["InstanceMetadataTags"] == "disabled"


@EACH
def test_every_machine_has_the_role_of_its_kind_and_the_pinned_image(stack: str) -> None:
    images = {one["ImageId"] for one in machines(stack).values()}
    assert len(images) == 1, "one build for all"
    settings = plans.settings(stack)
    profiles = {one["Arn"]: one for one in emulated.of(emulated.exists().profiles, stack)}
    for host in settings.hosts:
        profile = profiles[machines(stack)[host.name]["IamInstanceProfile"]["Arn"]]
        (role,) = profile["Roles"]
        described = next(one for one in emulated.exists().roles if one["RoleName"] == role["RoleName"])
        assert described["Description"].endswith(", ".join(sorted(host.groups))), "another kind may do other things"


@EACH
def test_every_disk_is_encrypted_with_the_key_of_its_environment(stack: str) -> None:
    volumes = emulated.of(emulated.exists().ec2["volumes"], stack)
    attached = {disk["Ebs"]["VolumeId"] for one in machines(stack).values() for disk in one["BlockDeviceMappings"]}
    assert attached == {one["VolumeId"] for one in volumes}, "a disk that was not looked at, or that nobody uses"
    for one in volumes:
        assert one["Encrypted"] is True, one["VolumeId"]
        assert one["KmsKeyId"] == key_arn(stack)
        assert one["VolumeType"] == "gp3"


def test_data_outlives_the_machine() -> None:
    (solo,) = machines("aws-dev").values()
    kept = {disk["DeviceName"]: disk["Ebs"] for disk in solo["BlockDeviceMappings"]}
    assert kept["/dev/xvda"]["DeleteOnTermination"] is True, "the system's disk is made again, and costs"
    data = kept["/dev/sdf"]
    assert data["DeleteOnTermination"] is False, "the database's is not"
    device = emulated.exists().made["aws-dev"].outputs["footprint"]["hosts"][0]["volumes"][0]["device"]
    assert device.endswith("_" + data["VolumeId"].replace("-", "")), "Ansible formats what the Footprint names"
    volume = next(one for one in emulated.exists().ec2["volumes"] if one["VolumeId"] == data["VolumeId"])
    assert volume["AvailabilityZone"] == solo["Placement"]["AvailabilityZone"]


@EACH
def test_only_the_proxy_has_a_public_address_and_it_is_static(stack: str) -> None:
    addresses = emulated.of(emulated.exists().ec2["addresses"], stack)
    proxy = machines(stack)[PROXIES[stack]]
    assert [one.get("InstanceId") for one in addresses] == [proxy["InstanceId"]]
    public = {name for name, one in machines(stack).items() if one.get("PublicIpAddress")}
    assert public == {PROXIES[stack]}, "an address where nothing serves is a door and costs 3.65 USD a month"


@EACH
def test_machines_are_protected_and_watched_closely_in_prod(stack: str) -> None:
    prod = plans.settings(stack).prod
    for one in machines(stack).values():
        assert one["protected"] is True, "a click in the console would end it"
        assert one["Monitoring"]["State"] == ("enabled" if prod else "disabled"), "by the minute, which costs"


@EACH
def test_what_a_machine_is_told_at_its_birth_holds_no_secret(stack: str) -> None:
    for name, one in machines(stack).items():
        told = one["user_data"]
        assert told.startswith("#cloud-config\n"), "cloud-init would take it for a script, or for nothing"
        document = yaml.safe_load(told)
        assert document["hostname"] == name
        user = document["user"]
        assert user["lock_passwd"] is True, "no password, so none to guess"
        assert not {"passwd", "plain_text_passwd", "hashed_passwd", "chpasswd"} & {*user, *document}
        for word in ("PRIVATE KEY", "AKIA", "secretsmanager", "password:"):
            assert word not in told, "whoever may describe machines reads it"


@EACH
def test_the_footprint_names_the_machines_that_exist(stack: str) -> None:
    footprint = emulated.exists().made[stack].outputs["footprint"]
    for host in footprint["hosts"]:
        one = machines(stack)[host["name"]]
        assert host["address"] == one["PrivateIpAddress"]
        assert host.get("public_address") == one.get("PublicIpAddress")
        assert host["ssh"]["via"]["tunnel"]["target"] == one["InstanceId"], "the tunnel would end at another machine"
    buckets = {emulated.tags(one)["Name"]: one["Name"] for one in emulated.of(emulated.exists().buckets, stack)}
    for purpose in ("artifacts", "backups"):
        assert footprint["buckets"][purpose]["name"] == buckets[f"{stack}-{purpose}"], "its name has a random end"

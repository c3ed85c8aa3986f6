"""What the other settings make exist: a NAT gateway, DNS records, spot machines, a way in without the tunnel."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import boto3
import pytest

from rehearsal.aws import local
from rehearsal.aws.emulation import EMULATIONS, FUNCTIONS
from rehearsal.aws.provider import Provider
from rehearsal.program import Made
from tests.infra.aws import emulated, plans

HOSTS = [{"name": "door", "groups": ["proxy"]}, {"name": "app1", "groups": ["service"], "spot": True}]
NAME, ZONE = "predict.example.org", "Z0123456789ABCDEFGHIJ"


class Seen(NamedTuple):
    made: Made
    exists: emulated.Exists
    records: dict[tuple[str, str], Any]


@pytest.fixture(scope="module")
def seen() -> Seen:
    """aws-dev with other settings, read back; all of it is deleted again before a test looks at it."""
    with local.account(plans.REGION, emulated.IMAGES) as account, tempfile.TemporaryDirectory() as directory:
        route53 = boto3.client("route53")
        with patch("moto.route53.models.create_route53_zone_id", return_value=ZONE):  # moto's own have no Z
            route53.create_hosted_zone(Name="example.org", CallerReference="1")
        settings = {"nat": True, "zone": ZONE, "names": [NAME], "ssh": "jump", "admin_cidrs": ["198.51.100.0/24"]}
        limits = {"limits": {"spot": 1}, "deletion_protection": False}
        file = plans.written(Path(directory), "aws-dev", hosts=HOSTS, database="managed", **settings, **limits)
        provider = Provider(account)
        made = emulated.run(file, provider)
        exists = emulated.Exists(account.id, **emulated.read())
        found = route53.list_resource_record_sets(HostedZoneId=ZONE)["ResourceRecordSets"]
        provider.delete_all()
        assert provider.registry.entries() == []
        records = {(one["Name"], one["Type"]): one for one in found}
    return Seen(made, exists, records)


def test_a_nat_gateway_is_the_way_out_over_ipv4(seen: Seen) -> None:
    (gateway,) = emulated.of(seen.exists.ec2["nat_gateways"], "aws-dev")
    names = {one["SubnetId"]: emulated.tags(one)["Name"] for one in seen.exists.ec2["subnets"]}
    assert "-public-" in names[gateway["SubnetId"]], "in a private one it would have no way out itself"
    (private,) = [one for one in seen.exists.ec2["tables"] if emulated.tags(one).get("Name") == "aws-dev-private"]
    assert [one["NatGatewayId"] for one in private["Routes"] if one.get("DestinationCidrBlock") == "0.0.0.0/0"] == [
        gateway["NatGatewayId"]
    ]


def test_names_lead_to_the_proxy(seen: Seen) -> None:
    (door,) = [one for one in seen.exists.ec2["machines"] if emulated.tags(one)["Name"] == "aws-dev-door"]
    (ipv4,) = seen.records[f"{NAME}.", "A"]["ResourceRecords"]
    (ipv6,) = seen.records[f"{NAME}.", "AAAA"]["ResourceRecords"]
    assert ipv4["Value"] == door["PublicIpAddress"]
    assert ipv6["Value"] == door["NetworkInterfaces"][0]["Ipv6Addresses"][0]["Ipv6Address"]
    assert seen.made.outputs["records"] == [], "nothing is left to make by hand"


def test_without_the_tunnel_only_administrators_and_the_proxy_come_in_by_ssh(seen: Seen) -> None:
    groups = {emulated.tags(one)["Name"]: one["GroupId"] for one in emulated.of(seen.exists.ec2["groups"], "aws-dev")}
    ssh = [one for one in seen.exists.ec2["rules"] if one["FromPort"] == 22 and not one["IsEgress"]]
    found = {(rule["GroupId"], rule.get("CidrIpv4") or rule["ReferencedGroupInfo"]["GroupId"]) for rule in ssh}
    assert found == {
        (groups["aws-dev-proxy"], "198.51.100.0/24"),
        (groups["aws-dev-service"], groups["aws-dev-proxy"]),
    }


def test_a_spot_machine_is_one_and_has_no_protection_that_it_could_not_have(seen: Seen) -> None:
    machines = {emulated.tags(one)["Name"]: one for one in seen.exists.ec2["machines"]}
    assert machines["aws-dev-app1"]["InstanceLifecycle"] == "spot"
    assert machines["aws-dev-app1"]["protected"] is False
    assert "InstanceLifecycle" not in machines["aws-dev-door"]


def test_there_is_no_emulation_that_no_environment_uses(seen: Seen) -> None:
    made = [seen.made, *emulated.exists().made.values()]
    used = {one.type for each in made for one in each.resources if one.custom}
    assert set(EMULATIONS) - used == set(), "nobody would see it break"
    assert set(FUNCTIONS) == {"aws:index/getCallerIdentity:getCallerIdentity", "aws:ec2/getAmi:getAmi"}

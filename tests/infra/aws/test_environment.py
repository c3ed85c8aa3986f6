"""The program's Footprint, completed as `make up` does it, is one; and what it says of hosts and stores is so."""

from __future__ import annotations

import copy
import ipaddress
from pathlib import Path
from typing import Any

import pytest

from infra import exposure
from infra.footprint import Footprint
from infra.problems import SettingsError
from rehearsal import program
from rehearsal.program import Resource
from tests.infra import footprints
from tests.infra.aws import plans

HOME = {"admin_cidrs": ["8.8.4.0/24"]}  # of the internet, as the networks for examples are not
HOME_6 = {"admin_cidrs": ["2001:4860:4860::/48"]}
JOINED = {"admin_cidrs": ["192.168.7.0/24"], "other_cidrs": ["192.168.0.0/16"]}
NAMES = {"names": ["predict.acme.dev"]}
THREE = [
    {"name": "gate1", "groups": ["proxy"]},
    {"name": "app1", "groups": ["service"]},
    {"name": "data2", "groups": ["database"]},
]
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "dev": ("aws-dev", {}),
    "prod": ("aws-prod", NAMES),
    "direct": ("aws-dev", {"ssh": "direct", **HOME}),
    "direct over IPv6": ("aws-dev", {"ssh": "direct", **HOME_6}),
    "direct from a joined network": ("aws-prod", {"ssh": "direct", **NAMES, **JOINED}),
    "jump": ("aws-prod", {"ssh": "jump", **NAMES, **HOME}),
    "jump, and each host its own": ("aws-dev", {"ssh": "jump", "hosts": THREE, **JOINED}),
    "no proxy": ("aws-dev", {"hosts": THREE[2:]}),
    "an issuer": ("aws-prod", {"certificate": {"acme": {"email": "me@acme.dev"}}, **NAMES}),
}


def whole(value: Any) -> Any:
    """Numbers as the engine prints them; Pulumi's wire knows floats only."""
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items()}
    if isinstance(value, list):
        return [whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def said(variant: str) -> dict[str, Any]:
    """The output `footprint`."""
    stack, settings = VARIANTS[variant]
    document = whole(plans.changed(stack, **settings)[1].outputs["footprint"])
    assert isinstance(document, dict)
    return document


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """With what only later steps know, made up."""
    document = copy.deepcopy(document) | {"generated_at": "2026-01-31T12:00:00Z"}
    for number, host in enumerate(document["hosts"], 1):
        host["ssh"]["host_keys"] = [footprints.key(number)]
    if document["database"]["kind"] == "managed":
        document["database"]["ca_pem"] = footprints.PEM
    return document


def ways(variant: str) -> dict[str, tuple[str, Any]]:
    """Host -> the address that SSH goes to, and how."""
    return {host["name"]: (host["ssh"]["address"], host["ssh"]["via"]) for host in said(variant)["hosts"]}


@pytest.mark.parametrize("variant", VARIANTS)
def test_it_is_a_footprint_that_keeps_nobody_out(variant: str, tmp_path: Path) -> None:
    read = Footprint.load(footprints.write(tmp_path, completed(said(variant))))
    assert read.producer == "pulumi"
    assert list(exposure.shut_out(exposure.load(), read)) == [], "the first play would lock Ansible out"


@pytest.mark.parametrize("variant", ["dev", "prod"])
def test_it_claims_nothing_that_only_later_steps_know(variant: str) -> None:
    document = said(variant)
    assert "generated_at" not in document, "another time at every `pulumi up` is a change at every `pulumi up`"
    assert not any("host_keys" in host["ssh"] for host in document["hosts"]), "hosts make them at their first boot"
    assert "ca_pem" not in document["database"], "it comes from RDS, and outlives a plan"


def test_the_database_is_named_and_its_password_only_pointed_at() -> None:
    database = said("prod")["database"]
    assert database["admin"]["secret"].startswith("aws-sm:arn:aws:secretsmanager:"), "never the value"
    assert {name: database[name] for name in ("kind", "port", "name")} == {
        "kind": "managed",
        "port": 5432,
        "name": "shoestring",
    }
    assert said("dev")["database"] == {"kind": "host"}


def test_buckets_need_no_key_of_their_own() -> None:
    for variant in ("dev", "prod"):
        for bucket in said(variant)["buckets"].values():
            assert (bucket["kind"], bucket["region"], bucket["credentials"]) == ("s3", plans.REGION, "instance"), (
                "a host's role opens them: no key to steal or to change"
            )


def test_administrators_from_the_internet_come_to_the_public_address() -> None:
    (solo,) = said("direct")["hosts"]
    assert ways("direct") == {"solo": (solo["public_address"], "direct")}
    (address, _) = ways("direct over IPv6")["solo"]
    assert ipaddress.ip_address(address).version == 6, "an IPv6 network gets to no IPv4 address"


def test_administrators_of_a_joined_network_come_to_the_private_addresses() -> None:
    hosts = said("direct from a joined network")["hosts"]
    assert ways("direct from a joined network") == {host["name"]: (host["address"], "direct") for host in hosts}
    assert all(ipaddress.ip_address(host["address"]).is_private for host in hosts)


def test_all_but_the_proxy_are_reached_through_it() -> None:
    hosts = {host["name"]: host for host in said("jump")["hosts"]}
    through = {"jump": {"host": "app1"}}
    assert ways("jump") == {
        "app1": (hosts["app1"]["public_address"], "direct"),
        "app2": (hosts["app2"]["address"], through),
    }
    assert {name: via for name, (_, via) in ways("jump, and each host its own").items()} == {
        "gate1": "direct",
        "app1": {"jump": {"host": "gate1"}},
        "data2": {"jump": {"host": "gate1"}},
    }


def test_users_type_the_names_or_else_the_proxys_address() -> None:
    assert said("prod")["public"]["names"] == ["predict.acme.dev"]
    (solo,) = said("dev")["hosts"]
    assert said("dev")["public"]["names"] == [solo["public_address"]]
    (data,) = said("no proxy")["hosts"]
    assert said("no proxy")["public"]["names"] == [data["address"]], "the Footprint wants one"


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_volume_belongs_to_the_host_with_the_database(variant: str) -> None:
    for host in said(variant)["hosts"]:
        purposes = [volume["purpose"] for volume in host["volumes"]]
        assert purposes == (["database"] if "database" in host["groups"] else [])


@pytest.mark.parametrize("variant", VARIANTS)
def test_hosts_count_as_inside(variant: str) -> None:
    inside = [ipaddress.ip_network(text) for text in said(variant)["network"]["private_cidrs"]]
    assert {network.version for network in inside} == {4, 6}
    for host in said(variant)["hosts"]:
        assert any(ipaddress.ip_address(host["address"]) in network for network in inside)


class Nothing(plans.Inventor):
    def create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        raise AssertionError(f"{resource.name} was made")


def test_nothing_is_made_before_somebody_can_log_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("infra.login.STACKS", tmp_path)
    monkeypatch.setattr("infra.login.public_key.__defaults__", (tmp_path,))
    with pytest.raises(SettingsError, match="make up ENV=aws-dev"):
        program.run(plans.ROOT / "stacks" / "Pulumi.aws-dev.yaml", Nothing(), preview=False)

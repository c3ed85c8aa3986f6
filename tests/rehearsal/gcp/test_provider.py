"""A project keeps what the program made: once, by names as Google gives them, and only what Google would take."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from pathlib import Path

import pytest

from ops.errors import OperationError
from rehearsal.gcp.provider import EMULATED, Provider
from rehearsal.program import Resource
from rehearsal.registry import Registry
from tests.rehearsal.gcp import projects

EACH = pytest.mark.parametrize("stack", projects.STACKS)
NETWORK = Resource(
    "urn:pulumi:x::shoestring::gcp:compute/network:Network::x", "gcp:compute/network:Network", "x", "", True, {}
)


@pytest.fixture
def provider() -> Provider:
    return Provider(projects.settings("gcp-dev"))


@EACH
def test_all_that_the_program_registers_is_there_by_an_id_of_its_own(stack: str) -> None:
    here, made = projects.standing(stack)
    entries = here.registry.entries()
    assert len(entries) == sum(one.custom for one in made.resources) > 20
    ids = [entry.id for entry in entries if entry.type != "random:index/randomPassword:RandomPassword"]
    assert len(set(ids)) == len(ids)


@EACH
def test_applied_again_everything_is_as_it_was(stack: str, tmp_path: Path) -> None:
    first = projects.apply(stack, tmp_path / "registry.json", tmp_path / "stacks")
    before = (tmp_path / "registry.json").read_text()
    again = projects.apply(stack, tmp_path / "registry.json", tmp_path / "stacks")
    assert (tmp_path / "registry.json").read_text() == before
    assert again.outputs == first.outputs


@EACH
def test_addresses_lie_in_the_subnet_and_nobody_has_two(stack: str) -> None:
    here, made = projects.standing(stack)
    whole = ipaddress.ip_network(projects.settings(stack).cidr)
    inside = [host["address"] for host in made.outputs["footprint"]["hosts"]]
    inside += [
        one.outputs["address"]
        for one in here.of("gcp:compute/address:Address")
        if one.inputs["addressType"] == "INTERNAL"
    ]
    assert len(set(inside)) == len(inside)
    kept = {whole[0], whole[1], whole[-2], whole[-1]}  # Google keeps four of each subnet
    assert all(ipaddress.ip_address(one) in whole and ipaddress.ip_address(one) not in kept for one in inside)


def test_public_addresses_lead_nowhere() -> None:
    here, _ = projects.standing("gcp-prod")
    (one,) = (one for one in here.of("gcp:compute/address:Address") if one.inputs["addressType"] == "EXTERNAL")
    assert ipaddress.ip_address(one.outputs["address"]) in ipaddress.ip_network("198.18.0.0/15"), "RFC 2544"


def test_what_there_is_no_record_of_is_named(provider: Provider) -> None:
    with pytest.raises(OperationError, match=r"gcp:redis/instance:Instance \(x\) has no record"):
        provider.create(replace(NETWORK, type="gcp:redis/instance:Instance"))
    with pytest.raises(OperationError, match="the function gcp:compute/getZones:getZones has no record"):
        provider.call("gcp:compute/getZones:getZones", {})


def test_a_change_is_refused_and_nothing_is_touched(provider: Provider) -> None:
    identity, _ = provider.create(NETWORK)
    with pytest.raises(OperationError, match="made with other inputs; changed: mtu"):
        provider.create(replace(NETWORK, inputs={"mtu": 1400}))
    assert [entry.id for entry in provider.registry.entries()] == [identity]


def test_a_name_is_given_once(provider: Provider) -> None:
    provider.create(replace(NETWORK, inputs={"name": "shared"}))
    with pytest.raises(OperationError, match="x is projects/example-shoestring/global/networks/shared already"):
        provider.create(replace(NETWORK, urn="urn:other", name="y", inputs={"name": "shared"}))


def test_what_is_protected_goes_only_if_that_is_said(provider: Provider) -> None:
    provider.create(replace(NETWORK, options={"protect": True}))
    with pytest.raises(OperationError, match="protected: gcp:compute/network:Network x"):
        provider.delete_all()
    assert provider.registry.entries()
    provider.delete_all(protected=True)
    assert not provider.registry.entries()


def test_it_says_what_is_a_record_and_no_more() -> None:
    here, _ = projects.standing("gcp-dev")
    provider = Provider(projects.settings("gcp-dev"), Registry(here.directory / "registry.json"))
    told = {one.type for one in provider.recorded}
    assert "gcp:compute/instance:Instance" in told
    assert not told & set(EMULATED), "buckets are real here"

"""A rehearsal's Footprint is its stack's own, but for the places where its cloud really is: whole documents say it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.footprint import Footprint
from ops.rehearse.completed import VARIABLE, Here, footprint
from tests.infra import footprints
from tests.infra.aws import plans
from tests.infra.footprints import PEM

Document = dict[str, Any]
HERE = Here(gateway="10.20.0.1", buckets="https://10.20.0.1:7443", ca=PEM, database=None)
MANAGED = Here(gateway="10.20.0.1", buckets="https://10.20.0.1:7443", ca=PEM, database="10.20.255.254")
OURS = {"endpoint": "https://10.20.0.1:7443", "path_style": True, "ca_pem": PEM}


def stated_by(stack: str) -> Document:
    """The output of a shipped stack, with invented ids; on Pulumi's wire each number is a float."""
    stated: Document = json.loads(
        json.dumps(plans.stack(stack).outputs["footprint"]), parse_float=lambda text: int(float(text))
    )
    return stated


def dev() -> Document:
    """One machine, behind a tunnel, that holds everything but its buckets."""
    return stated_by("aws-dev")


def prod() -> Document:
    """Two machines behind tunnels, and a managed database."""
    return stated_by("aws-prod")


def direct(document: Document) -> Document:
    """The same, let in from an office by static addresses."""
    for number, host in enumerate(document["hosts"]):
        host["ssh"] |= {"via": "direct", "address": f"18.184.0.{number + 1}"}
    document["network"]["admin_cidrs"] = ["88.99.0.0/24"]
    return document


def test_one_machine_differs_in_its_buckets_and_its_door() -> None:
    expected = dev()
    expected["buckets"]["artifacts"] |= OURS
    expected["buckets"]["backups"] |= OURS | {"credentials": f"vault:{VARIABLE}"}
    expected["public"] = {"names": [expected["hosts"][0]["address"]], "certificate": "internal"}
    assert footprint(dev(), HERE) == expected


def test_a_managed_database_differs_in_its_address_alone() -> None:
    expected = prod()
    expected["buckets"]["artifacts"] |= OURS
    expected["buckets"]["backups"] |= OURS  # RDS backs up by itself: no host has a key for it
    expected["public"] = {"names": [expected["hosts"][0]["address"]], "certificate": "internal"}
    expected["database"]["address"] = "10.20.255.254"
    assert footprint(prod(), MANAGED) == expected


@pytest.mark.parametrize(("stated", "here"), [(dev, HERE), (prod, MANAGED)])
def test_ssh_without_a_tunnel_comes_from_the_gateway_to_the_private_address(
    stated: Callable[[], Document], here: Here
) -> None:
    expected = footprint(stated(), here)
    expected["network"]["admin_cidrs"] = ["88.99.0.0/24", "10.20.0.1/32"]
    for host in expected["hosts"]:
        host["ssh"] = {"user": "deploy", "via": "direct", "address": host["address"]}
    assert footprint(direct(stated()), here) == expected


def test_a_public_certificate_becomes_one_of_our_own_ca() -> None:
    stated = prod()
    stated["public"] = {
        "names": ["predict.mycompany.net"],
        "certificate": {"acme": {"email": "ops@mycompany.net"}},
    }
    said = footprint(stated, MANAGED)["public"]
    assert said == {"names": [stated["hosts"][0]["address"]], "certificate": "internal"}, "no issuer can reach it"


def test_without_a_door_there_is_none_to_name() -> None:
    stated = dev()
    stated["hosts"][0]["groups"] = ["service", "database"]
    stated["public"] = {"names": ["predict.internal"], "certificate": "files"}
    assert footprint(stated, HERE)["public"] == stated["public"]


@pytest.mark.parametrize(("stated", "here"), [(dev, HERE), (prod, MANAGED)])
def test_what_the_stack_stated_is_left_as_it_was(stated: Callable[[], Document], here: Here) -> None:
    for document in (stated(), direct(stated())):
        before = copy.deepcopy(document)
        footprint(document, here)
        assert document == before


@pytest.mark.parametrize("way", [lambda document: document, direct])
@pytest.mark.parametrize(("stated", "here"), [(dev, HERE), (prod, MANAGED)])
def test_with_what_only_hosts_can_tell_it_is_a_footprint(
    stated: Callable[[], Document], here: Here, way: Callable[[Document], Document]
) -> None:
    document = footprint(way(stated()), here)
    for number, host in enumerate(document["hosts"]):
        host["ssh"]["host_keys"] = [footprints.key(number + 1)]
    if document["database"]["kind"] == "managed":
        document["database"]["ca_pem"] = PEM
    document["generated_at"] = "2026-11-26T08:00:00Z"
    assert Footprint.problems(document) == []

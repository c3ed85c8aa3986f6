"""The project that the real program would make, as Google would describe it: instances, firewall rules, addresses."""

from __future__ import annotations

from typing import Any

from infra.settings import Settings
from ops.cloud.gcp.ways import Described
from rehearsal.program import Made, Resource
from tests.infra.gcp import plans
from tests.ops.cloud.gcp.cloud import Cloud
from tests.ops.cloud.gcp.made import COMPUTE, REGION, ZONE

# What Pulumi's provider calls otherwise than the API.
NAMES = {"allows": "allowed", "denies": "denied", "protocol": "IPProtocol"}


def network(environment: str) -> str:
    return f"{COMPUTE}/global/networks/{environment}-5d6e7f8"


def rules(made: Made, environment: str) -> list[dict[str, Any]]:
    """The firewall's."""
    found = []
    for one in plans.of(made, "Firewall"):
        rule = {NAMES.get(name, name): value for name, value in one.inputs.items() if name != "logConfig"}
        for side in ("allowed", "denied"):
            if side in rule:
                rule[side] = [{NAMES.get(name, name): value for name, value in each.items()} for each in rule[side]]
        rule |= {"network": network(environment), "priority": int(rule["priority"]), "name": one.name}
        found.append(rule)
    return found


def machines(made: Made, environment: str) -> list[dict[str, Any]]:
    return [_machine(one, number, environment) for number, one in enumerate(plans.of(made, "Instance"), 20)]


def _machine(one: Resource, number: int, environment: str) -> dict[str, Any]:
    return {
        "name": f"{one.name}-1a2b3c4",
        "status": "RUNNING",
        "zone": f"{COMPUTE}/zones/{ZONE}",
        "labels": one.inputs["labels"],
        "networkInterfaces": [{"network": network(environment), "networkIP": f"10.20.0.{number}"}],
        "serviceAccounts": [{"email": one.inputs["serviceAccount"]["email"]}],
    }


def addresses(made: Made) -> list[dict[str, Any]]:
    """Inside, the one that ops/invented gives; the rule that lets hosts go there names it."""
    kinds = {"INTERNAL": "10.20.0.10", "EXTERNAL": "34.1.2.3"}
    return [
        {
            "name": one.name,
            "region": f"{COMPUTE}/regions/{REGION}",
            "addressType": one.inputs["addressType"],
            "address": kinds[one.inputs["addressType"]],
            "labels": one.inputs["labels"],
        }
        for one in plans.of(made, "Address")
    ]


def of(name: str, **settings: Any) -> tuple[Settings, Described]:
    """That of one of our stacks, with some settings changed."""
    checked, made = plans.changed(name, **settings)
    return checked, Described(name, machines(made, name), rules(made, name), addresses(made))


def put(cloud: Cloud, described: Described) -> None:
    """Has the project answer so."""
    cloud.holds("instances", [dict(one) for one in described.machines])
    cloud.holds("addresses", [dict(one) for one in described.addresses])
    cloud.lists("compute.firewalls.list", [dict(one) for one in described.rules], per_page=3)

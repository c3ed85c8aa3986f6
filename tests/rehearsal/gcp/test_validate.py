"""What Google would refuse is refused here: by its own client library's documents, and each check is seen to fail."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ops.errors import OperationError
from rehearsal.gcp import validate
from rehearsal.program import Resource
from tests.rehearsal.gcp import projects

WRONG: dict[str, tuple[str, str, Any, str]] = {
    "a budget's period": ("budget:Budget", "budgetFilter/calendarPeriod", "DAY", "budgetFilter.calendarPeriod is DAY"),
    "a network's routes": ("network:Network", "routingMode", "LOCAL", "routingMode is LOCAL"),
    "a database's disk": ("databaseInstance:DatabaseInstance", "settings/diskType", "SSD", "settings.diskType is SSD"),
    "a network's order": (
        "network:Network",
        "networkFirewallPolicyEnforcementOrder",
        "LAST",
        "EnforcementOrder is LAST, and one of",
    ),
    "a subnet's stack": ("subnetwork:Subnetwork", "stackType", "IPV4", "stackType is IPV4"),
    "flow logs": ("subnetwork:Subnetwork", "logConfig/metadata", "ALL", "logConfig.metadata is ALL"),
    "a rule's direction": ("firewall:Firewall", "direction", "IN", "direction is IN"),
    "a rule's name": ("firewall:Firewall", "name", "Web", "name is Web, which is not of the form"),
    "a long name": ("instance:Instance", "name", "a" * 64, "which is not of the form"),
    "a tier": ("address:Address", "networkTier", "BASIC", "networkTier is BASIC"),
    "a key's purpose": ("cryptoKey:CryptoKey", "purpose", "SIGN", "purpose is SIGN"),
    "a database's version": ("databaseInstance:DatabaseInstance", "databaseVersion", "POSTGRES_99", "POSTGRES_99"),
    "its certificates": (
        "databaseInstance:DatabaseInstance",
        "settings/ipConfiguration/sslMode",
        "TLS",
        "settings.ipConfiguration.sslMode is TLS",
    ),
    "its backups' unit": (
        "databaseInstance:DatabaseInstance",
        "settings/backupConfiguration/backupRetentionSettings/retentionUnit",
        "DAYS",
        "retentionUnit is DAYS",
    ),
    "an edition": ("databaseInstance:DatabaseInstance", "settings/edition", "FREE", "settings.edition is FREE"),
    "a zone for all": ("managedZone:ManagedZone", "visibility", "secret", "visibility is secret"),
    "a label's letters": ("instance:Instance", "labels/owner", "Ops@Acme", "labels has owner=Ops@Acme"),
    "a label's length": ("instance:Instance", "labels/owner", "x" * 64, "which is no label of 63"),
    "a label's name": ("bucket:Bucket", "labels/Owner", "x", "labels has Owner=x"),
    "too many labels": ("bucket:Bucket", "labels", {f"l{n}": "x" for n in range(65)}, "labels are 65"),
}


def resource(suffix: str) -> Resource:
    """One of gcp-prod."""
    _, made = projects.standing("gcp-prod")
    return next(one for one in made.resources if one.type.endswith(suffix))


def changed(values: Mapping[str, Any], path: str, to: Any) -> dict[str, Any]:
    document = copy.deepcopy(dict(values))
    *parts, last = path.split("/")
    inner = document
    for part in parts:
        inner = inner.setdefault(part, {})
    inner[last] = to
    return document


@pytest.mark.parametrize("what", WRONG)
def test_it_is_refused_and_named(what: str) -> None:
    suffix, path, to, says = WRONG[what]
    one = resource(suffix)
    validate.check(one)
    with pytest.raises(OperationError, match=f"{one.type} {one.name}: ") as caught:
        validate.check(replace(one, inputs=changed(one.inputs, path, to)))
    assert says in caught.value.cause
    assert "Google would refuse it" in caught.value.consequence


@pytest.mark.parametrize("stack", projects.STACKS)
def test_it_holds_a_good_part_of_the_inputs_against_the_documents(stack: str) -> None:
    """A document that knew none of the names would pass all of them."""
    _, made = projects.standing(stack)
    known = {one.type for one in made.resources} & set(validate.SCHEMAS)
    assert len(known) >= 9
    for one in (each for each in made.resources if each.type in known):
        service, name = validate.SCHEMAS[one.type]
        properties = {key.lower() for key in validate.document(service)["schemas"][name]["properties"]}
        assert {key.lower() for key in one.inputs} & properties, one.type
    enumerated = sum(1 for one in made.resources if one.type in known for _ in _enumerated(one))
    assert enumerated >= 12, "so many values are one of a list"


def _enumerated(one: Resource) -> Iterator[str]:
    """The inputs whose document has a list of what is allowed: each turned into what none has."""
    for path, value in _leaves(one.inputs):
        if isinstance(value, str):
            wrong = changed(one.inputs, path, "NOBODY_S") if "[" not in path else one.inputs
            if any("one of" in each for each in validate.broken(replace(one, inputs=wrong))):
                yield path


def _leaves(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, Mapping):
        for name, inner in values.items():
            yield from _leaves(inner, f"{path}/{name}" if path else name)
    elif not isinstance(values, list):
        yield path, values

"""Google's own protections are lifted for what is to go, and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from ops.cloud.gcp import protection
from ops.cloud.state import Entry
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.gcp.cloud import Cloud, Refusal
from tests.ops.cloud.gcp.made import PROJECT, machine, path

SET, ASK = "compute.instances.setDeletionProtection", "compute.zoneOperations.get"
PATCH, ASK_SQL = "sql.instances.patch", "sql.operations.get"
LIST, DELETE = "storage.objects.list", "storage.objects.delete"
INSTANCE = path(machine("10.20.0.10"))
GONE = Refusal(404, "The resource was not found")


def silent(_text: str) -> None:
    """Nobody looks at the progress."""


def entry(kind: str, identity: str, **outputs: Any) -> Entry:
    return Entry(f"urn:{identity}", kind, identity, True, frozenset(), outputs)


def test_deletion_protection_goes_for_the_machines_named(dev: Environment, cloud: Cloud) -> None:
    cloud.says(SET, {"name": "operation-1", "status": "RUNNING"})
    cloud.says(ASK, {"name": "operation-1", "status": "RUNNING"}, {"name": "operation-1", "status": "DONE"})
    others = "projects/p/global/networks/n"
    protection.of_machines(dev, [entry(protection.INSTANCE, INSTANCE), entry("gcp:compute/network:Network", others)])
    where = {"project": PROJECT, "zone": "us-central1-b"}
    wanted = where | {"resource": "gcp-dev-solo-1a2b3c4", "deletionProtection": "false"}
    assert cloud.asked(SET) == [wanted]
    assert cloud.asked(ASK) == [where | {"operation": "operation-1"}] * 2, "what is not done yet may still refuse"


def test_a_machine_that_is_gone_stops_nobody(dev: Environment, cloud: Cloud) -> None:
    cloud.says(SET, GONE)
    protection.of_machines(dev, [entry(protection.INSTANCE, INSTANCE)])


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"status": "DONE", "error": {"errors": [{"code": "X", "message": "the zone is on fire"}]}}, "zone is on fire"),
        ({"status": "RUNNING"}, "operation-1 does not end"),
    ],
    ids=["failed", "for ever"],
)
def test_what_did_not_work_is_told(
    dev: Environment, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, operation: dict[str, Any], said: str
) -> None:
    monkeypatch.setattr(protection, "TIMES", 3)
    cloud.says(SET, {"name": "operation-1", "status": "PENDING"})
    cloud.says(ASK, {"name": "operation-1"} | operation)
    with pytest.raises(OperationError, match=said) as caught:
        protection.of_machines(dev, [entry(protection.INSTANCE, INSTANCE)])
    assert "the same command goes on" in caught.value.consequence


def test_a_bucket_is_emptied_of_every_version(dev: Environment, cloud: Cloud) -> None:
    versions = [("a/b", "1"), ("a/b", "2"), ("c", "3")]
    cloud.lists(LIST, [{"name": name, "generation": generation} for name, generation in versions], per_page=2)
    cloud.says(DELETE, None)
    protection.of_data(dev, [entry(protection.BUCKET, "ours")], silent)
    assert {asked["versions"] for asked in cloud.asked(LIST)} == {"true"}
    gone = [(asked["bucket"], asked["object"], asked["generation"]) for asked in cloud.asked(DELETE)]
    assert gone == [("ours", *each) for each in versions]


def test_what_is_gone_already_stops_nobody(dev: Environment, cloud: Cloud) -> None:
    cloud.says(LIST, GONE)
    cloud.says(PATCH, GONE)
    protection.of_data(dev, [entry(protection.BUCKET, "never-was"), entry(protection.DATABASE, "nor-this")], silent)
    cloud.says(LIST, {"items": [{"name": "a", "generation": "1"}]})
    cloud.says(DELETE, GONE)
    protection.of_data(dev, [entry(protection.BUCKET, "emptied-by-another")], silent)


def test_an_object_that_is_held_is_told(dev: Environment, cloud: Cloud) -> None:
    cloud.says(LIST, {"items": [{"name": "a", "generation": "1"}]})
    cloud.says(DELETE, Refusal(403, "Object 'ours/a' is under active Temporary hold"))
    with pytest.raises(OperationError, match="Temporary hold"):
        protection.of_data(dev, [entry(protection.BUCKET, "ours")], silent)


def test_the_databases_deletion_protection_goes(dev: Environment, cloud: Cloud) -> None:
    cloud.says(PATCH, {"name": "operation-1", "status": "PENDING"})
    cloud.says(ASK_SQL, {"name": "operation-1", "status": "RUNNING"}, {"name": "operation-1", "status": "DONE"})
    protection.of_data(dev, [entry(protection.DATABASE, "gcp-dev-database-1a2b3c4", name="gcp-dev-database-x")], silent)
    (asked,) = cloud.asked(PATCH)
    body = {"settings": {"deletionProtectionEnabled": False}}
    assert asked == {"project": PROJECT, "instance": "gcp-dev-database-x", "body": body}
    assert len(cloud.asked(ASK_SQL)) == 2, "until then it is refused to be deleted"

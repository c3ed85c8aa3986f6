"""What a rehearsal says at its end: the numbers that were counted, and no proof of what is not there."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from infra.prices.bill import Line
from ops.errors import OperationError
from ops.rehearse import planes
from ops.rehearse.aws import account
from ops.rehearse.place import Rehearsed
from ops.rehearse.told import Told
from rehearsal.program import Made, Recorded, Resource

DEV = {
    "database": {"kind": "host"},
    "buckets": {"artifacts": {"name": "artifacts-1"}, "backups": {"name": "backups-1"}},
}
PROD = DEV | {"database": {"kind": "managed", "address": "db.rds"}}
FILES = {"model.onnx": "aa", "meta.json": "bb"}
MODEL = {"name": "flights", "version": "3", "files": FILES}
BACKUP = "repo/backup/main/backup.info"


class Gateway:
    """Answers as the buckets would; `digests` by bucket and name."""

    def __init__(self, digests: dict[str, str], objects: list[str]) -> None:
        self.digests, self.names = digests, objects

    def digest(self, bucket: str, key: str) -> str | None:
        return self.digests.get(f"{bucket}/{key}")

    def objects(self, bucket: str) -> list[str]:
        assert bucket == "backups-1"
        return self.names


@pytest.fixture
def good() -> Gateway:
    digests = {f"artifacts-1/models/flights/3/{name}": digest for name, digest in FILES.items()}
    return Gateway(digests, [BACKUP, "repo/archive/main/archive.info"])


@pytest.fixture
def told(dev: Rehearsed, good: Gateway, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Of a rehearsal that went well."""
    dev.write()
    (dev.state / "release.json").write_text(json.dumps({"model": MODEL}))
    monkeypatch.setattr(planes, "store", lambda *_: good)
    return Told(dev)


def rds(days: int) -> Any:
    """An account with a database of another environment, and the one that is meant."""
    one = {"DBInstanceIdentifier": "prod-1", "Endpoint": {"Address": "db.rds"}, "BackupRetentionPeriod": days}
    other = {"DBInstanceIdentifier": "other", "Endpoint": {"Address": "other.rds"}, "BackupRetentionPeriod": 99 - days}

    class Rds:
        def describe_db_instances(self) -> dict[str, Any]:
            return {"DBInstances": [other, one]}

    return lambda _: lambda service: Rds() if service == "rds" else pytest.fail(service)


def resource(kind: str, custom: bool) -> Resource:
    return Resource(f"urn::{kind}", kind, "one", "", custom, {})


def test_the_text_has_what_was_counted(told: Told) -> None:
    made = Made([resource("deploy:aws:Network", False), *(resource("aws:ec2/vpc:Vpc", True) for _ in range(3))])
    lines = [
        Line("solo", "machine", Decimal("12.5")),
        Line("logs", "GB", Decimal("0.26"), usage=True),
    ]
    recorded = [Recorded("aws:budgets/budget:Budget", "b", "", ""), Recorded("aws:budgets/budget:Budget", "c", "", "")]
    recorded.append(Recorded("aws:ec2/flowLog:FlowLog", "f", "", ""))
    told.cloud(made, lines, 7, recorded)
    told.prove(DEV)
    text = told.text()
    assert "aws-dev: 3 resources, 7 guardrails' verdicts" in text, "a component is no resource of the account"
    assert "12.76 USD a month: 12.50 fixed, 0.26 by use" in text
    assert "make plan ENV=aws-dev)" in text, "whose costs these would be"
    assert "parts of Budget, FlowLog." in text, "what the rehearsal has not seen is said"
    assert set(told.proofs) < set(text.splitlines())


def test_a_host_s_database_proves_model_row_and_backup(told: Told) -> None:
    told.prove(DEV)
    model, row, backup = told.proofs
    assert "s3://artifacts-1/models/flights/3: 2 files" in model
    assert "its volume on the host" in row
    assert "s3://backups-1: 2 objects" in backup


@pytest.mark.parametrize("spoilt", [{"artifacts-1/models/flights/3/meta.json": "cc"}, None])
def test_a_model_that_is_another_or_is_not_there_is_no_proof(
    told: Told, good: Gateway, spoilt: dict[str, str] | None
) -> None:
    if spoilt is None:
        del good.digests["artifacts-1/models/flights/3/meta.json"]
    good.digests |= spoilt or {}
    with pytest.raises(OperationError, match=r"models/flights/3/meta\.json in the bucket artifacts-1"):
        told.prove(DEV)
    assert told.proofs == []


def test_a_service_without_a_model_says_so(told: Told) -> None:
    (told.environment.state / "release.json").write_text('{"model": null}')
    told.prove(DEV)
    assert told.proofs[0] == "The service has no model."


@pytest.mark.parametrize("names", [[], ["repo/archive/main/archive.info"], ["other/backup/mainly"]])
def test_a_bucket_without_a_backup_is_no_proof(told: Told, good: Gateway, names: list[str]) -> None:
    good.names = names
    with pytest.raises(OperationError, match="backups-1 holds no backup"):
        told.prove(DEV)


def test_a_managed_database_is_backed_up_by_its_cloud(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(account, "ensure", rds(7))
    told.prove(PROD)
    assert "db.rds" in told.proofs[1]
    assert "7 days of backups of prod-1" in told.proofs[2]
    monkeypatch.setattr(account, "ensure", rds(0))
    with pytest.raises(OperationError, match="prod-1 is not backed up"):
        told.prove(PROD)

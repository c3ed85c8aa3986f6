"""Locks are read from the bucket that holds the state, those of this stack only."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ops.cloud.gcp import state_locks
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.gcp.cloud import Cloud, Refusal

LIST = "storage.objects.list"


def lock(stack: str, updated: str) -> dict[str, str]:
    return {"name": f".pulumi/locks/organization/shoestring/{stack}/0a1b.json", "updated": updated}


def test_only_the_stacks_own_count(dev: Environment, cloud: Cloud) -> None:
    held = [lock("gcp-prod", "2026-11-26T00:00:00Z"), lock("gcp-dev", "2026-11-26T01:02:03.456Z")]
    cloud.lists(LIST, held, per_page=1)
    assert state_locks.locks(dev, "state", ".pulumi/locks/") == [datetime(2026, 11, 26, 1, 2, 3, 456_000, UTC)]
    assert {(one["bucket"], one["prefix"]) for one in cloud.asked(LIST)} == {("state", ".pulumi/locks/")}


def test_an_empty_bucket_has_none(dev: Environment, cloud: Cloud) -> None:
    cloud.says(LIST, {"kind": "storage#objects"})
    assert state_locks.locks(dev, "state", ".pulumi/locks/") == []


def test_a_bucket_that_is_gone_is_told(dev: Environment, cloud: Cloud) -> None:
    cloud.says(LIST, Refusal(404, "The specified bucket does not exist."))
    with pytest.raises(OperationError, match="bucket does not exist"):
        state_locks.locks(dev, "state", ".pulumi/locks/")

"""An environment that is made, made again, taken down, and made once more on the same day, in an account of its own."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from ops.errors import OperationError
from rehearsal.aws import local
from rehearsal.aws.provider import Provider
from rehearsal.program import Made
from tests.infra.aws import emulated, plans

EACH = pytest.mark.parametrize("stack", plans.STACKS)
NAMED = (
    "aws:s3/bucket:Bucket",
    "aws:iam/role:Role",
    "aws:iam/instanceProfile:InstanceProfile",
    "aws:kms/alias:Alias",
    "aws:rds/instance:Instance",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:budgets/budget:Budget",
)
"""What AWS knows by a name, not by an id that it makes up."""


@dataclass
class Life:
    """What was seen: of two runs one after the other, of a refusal to take down, of what was left and of names."""

    first: Made
    second: Made
    asked: list[str]
    refusal: OperationError
    kept: int
    left: list[dict[str, Any]] = field(default_factory=list)
    names: list[set[str]] = field(default_factory=list)
    snapshots: list[str] = field(default_factory=list)


@functools.cache
def life(stack: str) -> Life:
    with local.account(plans.REGION, emulated.IMAGES) as account:
        provider = Provider(account)
        first = emulated.apply(stack, provider)
        account.calls.clear()
        second = emulated.apply(stack, provider)
        asked = list(account.calls)
        with pytest.raises(OperationError) as refused:
            provider.delete_all()
        seen = Life(first, second, asked, refused.value, len(emulated.read()["buckets"]))
        _down(seen, stack, provider)
        emulated.apply(stack, provider)
        _down(seen, stack, provider)
        snapshots = boto3.client("rds", plans.REGION).describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        seen.snapshots = [one["DBSnapshotIdentifier"] for one in snapshots]
        return seen


def _down(seen: Life, stack: str, provider: Provider) -> None:
    named = [entry.id for entry in provider.registry.entries() if entry.type in NAMED]
    seen.names.append({identity.rpartition(":")[2] for identity in named})
    provider.delete_all(protected=True)
    seen.left.append(left(stack))


def left(stack: str) -> dict[str, Any]:
    """What the account still holds of an environment, by kind. Of ended machines and keys AWS keeps a trace."""
    there = emulated.Exists(**emulated.read())
    found: dict[str, list[emulated.Thing]] = {
        **there.ec2,
        **{name: getattr(there, name) for name in ("buckets", "databases", "subnet_groups", "roles", "profiles")},
        "log_groups": there.log_groups,
        "machines": [one for one in there.ec2["machines"] if one["State"]["Name"] != "terminated"],
        "keys": [one for one in there.keys if one["KeyState"] != "PendingDeletion"],
    }
    mine = {kind: [one for one in of if emulated.tags(one).get("environment") == stack] for kind, of in found.items()}
    return {kind: of for kind, of in mine.items() if of}


@EACH
def test_the_same_program_twice_changes_nothing(stack: str) -> None:
    seen = life(stack)
    changes = [name for name in seen.asked if not name.startswith(("Describe", "Get", "List"))]
    assert changes == [], "a second run would bill a second environment"
    assert "DescribeInstances" in seen.asked, "what is there was looked at"
    assert seen.second.outputs == seen.first.outputs, "Ansible would go to other hosts"
    assert len(seen.second.resources) == len(seen.first.resources)


@EACH
def test_a_protected_environment_is_not_taken_down_by_mistake(stack: str) -> None:
    seen = life(stack)
    assert f"aws:s3/bucket:Bucket {stack}-backups" in seen.refusal.cause
    data = {"aws-dev": "aws:ebs/volume:Volume aws-dev-solo-database", "aws-prod": "aws:rds/instance:Instance"}
    assert data[stack] in seen.refusal.cause
    assert seen.kept == len([one for one in seen.first.resources if one.type == "aws:s3/bucket:Bucket"])


@EACH
def test_nothing_is_left_that_costs(stack: str) -> None:
    assert life(stack).left == [{}, {}]


@EACH
def test_up_down_up_on_one_day_meets_no_name_of_the_first(stack: str) -> None:
    """AWS holds names back: of final snapshots and kept backups until somebody deletes them, of buckets for hours."""
    first, second = life(stack).names
    assert len(first) == len(second) > 5
    assert first.isdisjoint(second)


def test_each_database_leaves_a_last_snapshot() -> None:
    assert life("aws-dev").snapshots == []
    kept = life("aws-prod").snapshots
    assert len(kept) == len(set(kept)) == 2, "the second would have been refused, or have replaced the first"

"""What stays after `down` is whole: the data, what it needs, what guards it; and it needs nothing of what goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ops.cloud import state
from ops.cloud.aws import protection
from ops.cloud.state import Entry
from tests.infra.aws import plans
from tests.infra.gcp import plans as of_google


def recorded(name: str) -> list[dict[str, Any]]:
    """The resources of the real program's run, as a state would have them after `up`."""
    made = of_google.stack(name) if name in of_google.STACKS else plans.stack(name)
    return [
        {
            "urn": one.urn,
            "type": one.type,
            "id": one.name if one.custom else "",
            "parent": one.parent,
            "protect": one.options.get("protect", False),
            "propertyDependencies": one.references,
            "outputs": {},
        }
        for one in made.resources
    ]


def stays(name: str) -> tuple[set[str], dict[str, Entry]]:
    found = state.entries({"resources": recorded(name)})
    return state.kept(found), {entry.urn: entry for entry in found}


def names(urns: set[str], entries: Mapping[str, Entry], kind: str) -> set[str]:
    return {entries[urn].name for urn in urns if entries[urn].type == kind}


@pytest.mark.parametrize("name", plans.STACKS)
def test_machines_go_and_data_stays(name: str) -> None:
    kept, entries = stays(name)
    types = {entries[urn].type for urn in kept}
    assert "aws:ec2/instance:Instance" not in types, "they are what costs most, and hold nothing"
    assert "aws:ec2/eip:Eip" not in types
    assert "aws:ec2/volumeAttachment:VolumeAttachment" not in types
    assert {"aws:s3/bucket:Bucket", "aws:kms/key:Key"} <= types
    data = {"aws-dev": "aws:ebs/volume:Volume", "aws-prod": "aws:rds/instance:Instance"}
    assert data[name] in types


@pytest.mark.parametrize("name", plans.STACKS)
def test_a_kept_bucket_keeps_what_guards_it(name: str) -> None:
    kept, entries = stays(name)
    buckets = names(kept, entries, protection.BUCKET)
    assert len(buckets) >= 2
    for guard in (
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    ):
        assert names(kept, entries, guard) == buckets, f"without {guard} the data would lie open, or in clear"


@pytest.mark.parametrize("name", [*plans.STACKS, *of_google.STACKS])
def test_nothing_that_stays_needs_what_goes(name: str) -> None:
    kept, entries = stays(name)
    going = {entry.urn for entry in state.goes(entries.values(), kept)}
    assert going
    for urn in kept:
        assert not entries[urn].needs & going, f"Pulumi would refuse, or break {urn}"


def test_without_protection_everything_goes() -> None:
    resources = [one | {"protect": False} for one in recorded("aws-dev")]
    found = state.entries({"resources": resources})
    assert state.kept(found) == set()
    buckets = {entry.urn for entry in found if entry.type == protection.BUCKET}
    assert buckets <= state.kept(found, protection.DATA), "unless data is asked for by its type"


def test_what_only_waits_for_its_deletion_is_not_there() -> None:
    one = {"urn": "urn::a", "type": "aws:ec2/instance:Instance", "id": "i-1"}
    assert [entry.id for entry in state.entries({"resources": [one, one | {"id": "i-0", "delete": True}]})] == ["i-1"]


def test_providers_and_hidden_needs_are_seen() -> None:
    provider = {"urn": "urn:p::aws::own", "type": "pulumi:providers:aws", "id": "x"}
    with_it = {
        "urn": "urn:b",
        "type": "aws:s3/bucket:Bucket",
        "id": "b",
        "protect": True,
        "provider": "urn:p::aws::own::x",
    }
    other = {"urn": "urn:c", "type": "aws:ec2/vpc:Vpc", "id": "v", "deletedWith": "urn:b"}
    found = state.entries({"resources": [provider, with_it, other]})
    assert state.kept(found) == {"urn:b", "urn:p::aws::own"}, "who can't be asked any more can't be deleted later"
    assert [entry.id for entry in state.real(found)] == ["b", "v"]


def test_an_empty_state_is_none() -> None:
    assert state.entries({}) == []

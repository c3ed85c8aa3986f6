"""What stays of Google Cloud after `down` is whole: the data, and what guards it or is part of it."""

from __future__ import annotations

import pytest

from ops.cloud import state
from ops.cloud.gcp import protection
from tests.infra.gcp import plans
from tests.ops.cloud.test_state import names, recorded, stays

KEY, KEY_USERS = "gcp:kms/cryptoKey:CryptoKey", "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"


@pytest.mark.parametrize("name", plans.STACKS)
def test_machines_go_and_data_stays(name: str) -> None:
    kept, entries = stays(name)
    types = {entries[urn].type for urn in kept}
    gone = {entry.type for entry in state.goes(entries.values(), kept)}
    compute = ("instance:Instance", "address:Address", "network:Network", "firewall:Firewall")
    assert {f"gcp:compute/{one}" for one in compute} <= gone, "they are what costs most, and hold nothing"
    assert not {f"gcp:compute/{one}" for one in compute} & types
    data = {"gcp-dev": "gcp:compute/disk:Disk", "gcp-prod": protection.DATABASE}
    assert {protection.BUCKET, KEY, data[name]} <= types


@pytest.mark.parametrize("name", plans.STACKS)
def test_a_kept_key_keeps_those_who_may_use_it(name: str) -> None:
    kept, entries = stays(name)
    users = {entry.name for entry in entries.values() if entry.type == KEY_USERS}
    assert users
    assert names(kept, entries, KEY_USERS) == users, "without them nothing could read the data that stays"


def test_a_kept_database_keeps_what_is_in_it() -> None:
    """They are resources of their own: deleting gcp:sql/database:Database drops it, and all its rows."""
    kept, entries = stays("gcp-prod")
    parts = {
        entry.urn for entry in entries.values() if entry.type in ("gcp:sql/database:Database", "gcp:sql/user:User")
    }
    assert len(parts) == 2
    assert parts <= kept
    password = "random:index/randomPassword:RandomPassword"  # noqa: S105 - a type
    assert len(names(kept, entries, password)) == 1, "the user would get another one, which no service knows"


def test_without_protection_everything_goes() -> None:
    found = state.entries({"resources": [one | {"protect": False} for one in recorded("gcp-prod")]})
    assert state.kept(found) == set()
    data = {entry.urn for entry in found if entry.type in protection.DATA}
    assert len(data) == 4, "three buckets and a database"
    assert data <= state.kept(found, protection.DATA), "unless data is asked for by its type"


def test_what_is_real_is_the_clouds() -> None:
    found = state.entries({"resources": recorded("gcp-prod")})
    kinds = {entry.type.partition(":")[0] for entry in state.real(found)}
    assert kinds == {"gcp"}, "no component, and no password that Pulumi rolled"


def test_what_is_in_a_database_goes_with_it() -> None:
    """PostgreSQL drops no user who owns a table, and `down` with DATA=delete would end there."""
    inside = plans.of(plans.stack("gcp-prod"), "Database", "User")
    assert {one.type for one in inside} == {"gcp:sql/database:Database", "gcp:sql/user:User"}
    assert [one.inputs["deletionPolicy"] for one in inside] == ["ABANDON"] * 2


@pytest.mark.parametrize(
    ("data", "guard"),
    [
        (KEY, KEY_USERS),
        (protection.BUCKET, "gcp:storage/bucketIAMMember:BucketIAMMember"),
        (protection.DATABASE, "gcp:sql/database:Database"),
    ],
    ids=["key", "bucket", "database"],
)
def test_what_hangs_on_kept_data_stays_though_nothing_needs_it(data: str, guard: str) -> None:
    kept = {"urn": "urn:data", "type": data, "id": "x", "protect": True}
    guards = {"urn": "urn:guard", "type": guard, "id": "y", "dependencies": ["urn:data"]}
    other = {"urn": "urn:vm", "type": protection.INSTANCE, "id": "z", "dependencies": ["urn:data"]}
    assert state.kept(state.entries({"resources": [kept, guards, other]})) == {"urn:data", "urn:guard"}

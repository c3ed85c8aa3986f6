"""What still costs money is what the project has, of this environment only, whoever made it."""

from __future__ import annotations

from typing import Any

import pytest

from ops.cloud.gcp import costs
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.gcp.cloud import Cloud, Refusal
from tests.ops.cloud.gcp.made import COMPUTE, PROJECT, REGION, ZONE, database, labels, machine

RING = f"projects/{PROJECT}/locations/{REGION}/keyRings/shoestring"
KEYS = "cloudkms.projects.locations.keyRings.cryptoKeys.list"
VERSIONS = "cloudkms.projects.locations.keyRings.cryptoKeys.cryptoKeyVersions.list"
ZONED = {"zone": f"{COMPUTE}/zones/{ZONE}"}
REGIONAL = {"region": f"{COMPUTE}/regions/{REGION}"}


def backup(environment: str, number: int, **changed: Any) -> dict[str, Any]:
    """A backup that outlived its database."""
    name = f"projects/{PROJECT}/backups/{environment}-{number}"
    made = {"name": name, "instanceSettings": database("gone", environment), "maxChargeableBytes": str(3 * 2**29)}
    return made | {"instanceDeletionTime": "2026-11-26T01:00:00Z"} | changed


def furnish(cloud: Cloud, *names: str) -> None:
    """One of everything that is paid for, of each environment."""
    cloud.holds("instances", [machine("10.20.0.10", environment=name) for name in names])
    cloud.holds(
        "disks",
        [
            ZONED | {"name": f"{name}-solo", "sizeGb": "20", "status": "READY", "labels": labels(name, "solo")}
            for name in names
        ],
    )
    address = REGIONAL | {"status": "RESERVED"}
    cloud.holds(
        "addresses",
        [
            address | {"address": ip, "addressType": kind, "labels": labels(name, "solo")}
            for number, name in enumerate(names)
            for ip, kind in ((f"34.1.2.{number}", "EXTERNAL"), (f"10.20.0.{number}", "INTERNAL"))
        ],
    )
    cloud.holds("routers", [REGIONAL | {"name": f"{name}-nat-1a2b3c4", "nats": [{"name": "nat"}]} for name in names])
    cloud.lists(
        "compute.snapshots.list",
        [{"name": f"{name}-before", "diskSizeGb": "20", "labels": labels(name, "x")} for name in names],
    )
    cloud.lists("sql.instances.list", [database(f"{name}-database-1a2b3c4", name) for name in names])
    cloud.lists("sql.Backups.ListBackups", [backup(name, 1) for name in names], "backups")
    cloud.lists("storage.buckets.list", [{"name": f"{name}-backups", "labels": labels(name, "b")} for name in names])
    secrets = [{"name": f"projects/1/secrets/{name}-database-admin", "labels": labels(name, "s")} for name in names]
    cloud.lists("secretmanager.projects.secrets.list", secrets, "secrets")
    cloud.lists(
        "dns.managedZones.list",
        [{"name": f"{name}-db", "labels": labels(name, "db")} for name in names],
        "managedZones",
    )
    keys = [{"name": f"{RING}/cryptoKeys/{name}-data-1a2b3c4", "labels": labels(name, "data")} for name in names]
    cloud.lists(KEYS, keys, "cryptoKeys")
    states = ("ENABLED", "DISABLED", "DESTROYED", "DESTROY_SCHEDULED")
    cloud.lists(VERSIONS, [{"name": "v", "state": state} for state in states], "cryptoKeyVersions", per_page=3)


def test_everything_that_is_paid_for_is_listed_and_nobody_elses(dev: Environment, cloud: Cloud) -> None:
    furnish(cloud, "gcp-dev", "gcp-prod")
    found = costs.left(dev)
    assert sorted(one.what for one in found) == [
        "NAT gateway",
        "bucket",
        "database",
        "database backup",
        "disk",
        "key",
        "machine",
        "public address",
        "secret",
        "snapshot",
    ], "once each"
    assert not any("gcp-prod" in one.id for one in found)
    told = {one.what: str(one) for one in found}
    assert told["public address"] == "public address 34.1.2.0: by the hour, used or not", "those inside are free"
    assert told["machine"] == "machine gcp-dev-solo-1a2b3c4: e2-small, by the second while it runs"
    assert told["key"] == "key gcp-dev-data-1a2b3c4: by the month, 2 of its versions"
    assert "at most 1.5 GiB, by the month" in told["database backup"]


def test_what_is_gone_costs_nothing(dev: Environment, cloud: Cloud) -> None:
    furnish(cloud)
    cloud.holds("instances", [machine("10.20.0.10", status="TERMINATED")])
    cloud.holds("disks", [ZONED | {"name": "d", "sizeGb": "9", "status": "DELETING", "labels": labels("gcp-dev", "d")}])
    cloud.holds("routers", [REGIONAL | {"name": "gcp-dev-nat-1a2b3c4"}])
    cloud.lists("sql.instances.list", [database("x", state="PENDING_DELETE")])
    key = {"name": f"{RING}/cryptoKeys/gcp-dev-data-1a2b3c4", "labels": labels("gcp-dev", "data")}
    cloud.lists(KEYS, [key], "cryptoKeys")
    cloud.lists(VERSIONS, [{"name": "v", "state": "DESTROY_SCHEDULED"}], "cryptoKeyVersions")
    assert costs.left(dev) == [], "Google keeps a key's name for ever, and takes nothing for it"


def test_backups_of_a_database_that_stands_are_counted_with_it(dev: Environment, cloud: Cloud) -> None:
    furnish(cloud)
    living = {name: value for name, value in backup("gcp-dev", 1).items() if name != "instanceDeletionTime"}
    ends = backup("gcp-dev", 2, expiryTime="2027-01-31T00:00:00Z")
    cloud.lists("sql.Backups.ListBackups", [living, ends, backup("gcp-prod", 3)], "backups", per_page=1)
    (found,) = costs.left(dev)
    assert found.id.endswith("/backups/gcp-dev-2")
    assert "until 2027-01-31" in found.why


def test_a_project_without_a_key_ring_has_no_keys(dev: Environment, cloud: Cloud) -> None:
    furnish(cloud)
    cloud.says(KEYS, Refusal(404, "KeyRing not found."))
    assert costs.left(dev) == []


def test_another_environments_gateway_is_not_ours(dev: Environment, cloud: Cloud) -> None:
    """Routers have no labels, and one environment's name may begin with another's."""
    furnish(cloud)
    nat = {"nats": [{"name": "nat"}]}
    cloud.holds("routers", [REGIONAL | nat | {"name": name} for name in ("gcp-dev-nat-two-nat-1a2b3c4", "my-router")])
    assert costs.left(dev) == []


def test_what_may_not_be_listed_is_told(dev: Environment, cloud: Cloud) -> None:
    cloud.says("compute.instances.aggregatedList", Refusal(403, "Required 'compute.instances.list' permission"))
    with pytest.raises(OperationError, match=r"compute\.instances\.list") as caught:
        costs.left(dev)
    assert caught.value.consequence == costs.NOTHING_KNOWN


def test_a_managed_databases_zone_is_paid_for(prod: Environment, cloud: Cloud) -> None:
    furnish(cloud, "gcp-dev", "gcp-prod")
    assert [one.id for one in costs.left(prod) if one.what == "DNS zone"] == ["gcp-prod-db"]


def test_without_one_that_api_may_be_off(dev: Environment, cloud: Cloud) -> None:
    furnish(cloud)
    cloud.says("dns.managedZones.list", Refusal(403, "Cloud DNS API has not been used in project 1 before"))
    assert costs.left(dev) == []

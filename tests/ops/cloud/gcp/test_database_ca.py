"""A database's CA is the one that Cloud SQL's API gives of the instance behind our address, or there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.cloud.gcp import database_ca
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.certificates import NOW, certificate, pem
from tests.ops.cloud.gcp.cloud import Cloud
from tests.ops.cloud.gcp.made import COMPUTE, REGION, database

ADDRESS = "10.20.0.5"
SERVICE = f"projects/g1234-tp/regions/{REGION}/serviceAttachments/a-0a1b2c3d-psc-service-attachment"
OURS = certificate("Google Cloud SQL Server CA", until=datetime.now(UTC) + timedelta(days=3000))
OTHER = certificate("Another one's CA", until=datetime.now(UTC) + timedelta(days=3000))


def door(address: str, target: str) -> dict[str, Any]:
    return {
        "name": "gcp-prod-database-1a2b3c4",
        "IPAddress": address,
        "target": f"https://www.googleapis.com/compute/v1/{target}",
        "network": f"{COMPUTE}/global/networks/gcp-prod-5d6e7f8",
    }


def instance(name: str, ca: Any, service: str, environment: str = "gcp-prod") -> dict[str, Any]:
    made = database(name, environment)
    return made | {"serverCaCert": {"cert": pem(ca).decode()}, "pscServiceAttachmentLink": service}


def test_the_address_leads_to_the_database_and_it_to_the_ca(prod: Environment, cloud: Cloud) -> None:
    other = SERVICE.replace("a-", "b-")
    cloud.lists("compute.forwardingRules.list", [door("10.20.0.6", other), door(ADDRESS, SERVICE)], per_page=1)
    cloud.lists("sql.instances.list", [instance("b", OTHER, other), instance("a", OURS, SERVICE)])
    assert database_ca.read(prod, ADDRESS, REGION).encode() == pem(OURS)
    assert cloud.asked("compute.forwardingRules.list")[0]["region"] == REGION


def test_another_environments_database_is_not_ours(prod: Environment, cloud: Cloud) -> None:
    cloud.lists("compute.forwardingRules.list", [door(ADDRESS, SERVICE)])
    cloud.lists("sql.instances.list", [instance("a", OURS, SERVICE, "gcp-dev")])
    with pytest.raises(OperationError, match=f"no database of 'gcp-prod' behind {ADDRESS}") as caught:
        database_ca.read(prod, ADDRESS, REGION)
    assert "no Footprint was written" in caught.value.consequence


def test_an_address_that_leads_nowhere_is_told(prod: Environment, cloud: Cloud) -> None:
    cloud.lists("compute.forwardingRules.list", [])
    cloud.lists("sql.instances.list", [database("a", "gcp-prod")])
    with pytest.raises(OperationError, match="no database of 'gcp-prod' behind"):
        database_ca.read(prod, ADDRESS, REGION)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (certificate("no CA", ca=False), "no CA that is signed by itself"),
        (certificate("below", other="another"), "no CA that is signed by itself"),
        (certificate("ended", until=NOW - timedelta(days=1)), "not valid now, but until 2026-11-25"),
    ],
    ids=["leaf", "issued", "ended"],
)
def test_a_certificate_that_can_vouch_for_nothing_is_refused(wrong: Any, said: str) -> None:
    with pytest.raises(OperationError, match=said):
        database_ca.verified(instance("a", wrong, SERVICE), NOW)


@pytest.mark.parametrize("cert", [None, "", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(cert: str | None) -> None:
    one = database("a", "gcp-prod") | ({} if cert is None else {"serverCaCert": {"cert": cert}})
    with pytest.raises(OperationError, match="its CA is no certificate"):
        database_ca.verified(one, NOW)


def test_a_ca_that_signs_for_others_too_proves_nothing() -> None:
    one = instance("a", OURS, SERVICE)
    one["settings"]["ipConfiguration"] = {"serverCaMode": "GOOGLE_MANAGED_CAS_CA"}
    with pytest.raises(OperationError, match="shared with other databases"):
        database_ca.verified(one, NOW)
    one["settings"]["ipConfiguration"] = {"serverCaMode": "GOOGLE_MANAGED_INTERNAL_CA"}
    assert database_ca.verified(one, NOW).encode() == pem(OURS)

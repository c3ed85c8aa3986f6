"""A database's CA is the one that Cloud SQL's API says of the instance of that name, up to a CA that signed itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.cloud.gcp import database_ca
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.certificates import certificate, pair, pem
from tests.ops.cloud.gcp.cloud import Cloud
from tests.ops.cloud.gcp.made import REGION, database

NAME = "0a1b2c3d.1x2y3z.us-central1.sql.goog"
LIST = "sql.instances.list"
LATER = datetime.now(UTC) + timedelta(days=3000)
ROOT = pair("Google Cloud SQL Root CA", until=LATER)
BELOW = pair("Google Cloud SQL us-central1 Server CA", until=LATER, above=ROOT)
FORGED = pair("Google Cloud SQL Root CA", until=LATER)
OTHER = pair("Another one's CA", until=LATER)


def instance(*stated: Any, name: str = f"{NAME}.", environment: str = "gcp-prod") -> dict[str, Any]:
    made = database("gcp-prod-database-1a2b3c4", environment)
    return made | {"dnsName": name, "serverCaCert": {"cert": pem(*stated).decode()}}


def nothing(source: str) -> bytes:
    raise AssertionError(f"{source} was asked, and the API had said all")


def publishes(*bundle: Any) -> Callable[[str], bytes]:
    def fetch(source: str) -> bytes:
        assert source == f"https://storage.googleapis.com/cloudsql-ca-bundles/{REGION}.pem"
        return pem(*bundle)

    return fetch


def read(environment: Environment, fetch: Callable[[str], bytes]) -> bytes:
    return database_ca.read(environment, NAME, REGION, fetch).encode()


def test_where_the_api_says_all_nothing_is_fetched(prod: Environment, cloud: Cloud) -> None:
    cloud.lists(LIST, [instance(OTHER[0], name="another."), instance(BELOW[0], ROOT[0])], per_page=1)
    assert read(prod, nothing) == pem(BELOW[0], ROOT[0])
    cloud.lists(LIST, [instance(ROOT[0])])
    assert read(prod, nothing) == pem(ROOT[0]), "a CA of its own"


def test_the_ca_above_is_published(prod: Environment, cloud: Cloud) -> None:
    cloud.lists(LIST, [instance(BELOW[0])])
    assert read(prod, publishes(OTHER[0], ROOT[0])) == pem(BELOW[0], ROOT[0]), "and no other of the bundle is trusted"


def test_a_name_beside_the_first_is_one_too(prod: Environment, cloud: Cloud) -> None:
    one = instance(ROOT[0], name="")
    cloud.lists(LIST, [one | {"dnsNames": [{"name": f"{NAME}.", "connectionType": "PRIVATE_SERVICE_CONNECT"}]}])
    assert read(prod, nothing) == pem(ROOT[0])


@pytest.mark.parametrize(
    ("stated", "bundle"),
    [
        ([BELOW[0]], [FORGED[0]]),
        ([BELOW[0]], []),
        ([BELOW[0]], [OTHER[0]]),
        ([], [ROOT[0]]),
        ([certificate("a leaf", ca=False, above=ROOT, until=LATER)], [ROOT[0]]),
        ([certificate("ended", above=ROOT, until=datetime.now(UTC) - timedelta(days=1))], [ROOT[0]]),
    ],
    ids=["forged", "nothing", "another's", "no CA said", "no CA", "ended"],
)
def test_what_leads_to_no_root_is_not_trusted(
    prod: Environment, cloud: Cloud, stated: list[Any], bundle: list[Any]
) -> None:
    cloud.lists(LIST, [instance(*stated)])
    with pytest.raises(OperationError, match=f"none of its {len(stated)} CAs is valid and leads") as caught:
        read(prod, publishes(*bundle))
    assert "no Footprint was written" in caught.value.consequence


def test_a_ca_that_was_rotated_out_is_left_out(prod: Environment, cloud: Cloud) -> None:
    old = certificate("old", until=datetime.now(UTC) - timedelta(days=1))
    cloud.lists(LIST, [instance(old, ROOT[0])])
    assert read(prod, nothing) == pem(ROOT[0])


def test_a_page_that_is_no_bundle_is_no_ca(prod: Environment, cloud: Cloud) -> None:
    cloud.lists(LIST, [instance(BELOW[0])])
    for page in (b"<html>captive portal</html>", pem(ROOT[0]) + b"x" * 300_000):
        with pytest.raises(OperationError, match="none of its 1 CAs"):
            database_ca.read(prod, NAME, REGION, lambda _source, page=page: page)  # type: ignore[misc]  # a loop's own


def test_no_way_to_the_bundle_is_told(prod: Environment, cloud: Cloud) -> None:
    def fetch(_source: str) -> bytes:
        raise TimeoutError("timed out")

    cloud.lists(LIST, [instance(BELOW[0])])
    with pytest.raises(OperationError, match="can't be fetched") as caught:
        read(prod, fetch)
    assert "make footprint ENV=gcp-prod" in caught.value.fix


@pytest.mark.parametrize(
    "one",
    [instance(ROOT[0], environment="gcp-dev"), instance(ROOT[0], name="another."), instance(ROOT[0], name="")],
    ids=["another environment's", "another", "still made"],
)
def test_another_database_is_not_ours(prod: Environment, cloud: Cloud, one: dict[str, Any]) -> None:
    cloud.lists(LIST, [one])
    with pytest.raises(OperationError, match=f"no database of 'gcp-prod' at {NAME}"):
        read(prod, nothing)

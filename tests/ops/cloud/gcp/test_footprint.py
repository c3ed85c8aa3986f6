"""What the stack on Google Cloud says becomes a whole Footprint, by what the project alone knows."""

from __future__ import annotations

from typing import Any

import pytest

from infra.footprint import Footprint
from ops.cloud import footprint
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud import outputs
from tests.ops.cloud.certificates import pem
from tests.ops.cloud.gcp import test_database_ca as databases
from tests.ops.cloud.gcp.cloud import Cloud, Said
from tests.ops.cloud.gcp.made import machine
from tests.ops.cloud.gcp.test_host_keys import attributes
from tests.ops.cloud.keys import key

ADDRESSES = {"app1": "10.20.0.11", "app2": "10.20.0.12"}


@pytest.fixture
def stated() -> dict[str, Any]:
    """gcp-prod's output as the real program registers it, with an address for each host."""
    document = outputs.of("gcp-prod")
    for host in document["hosts"]:
        host["address"] = host["ssh"]["address"] = ADDRESSES[host["name"]]
    document["public"]["names"] = ["predict.acme.dev"]
    document["database"]["address"] = databases.NAME
    document["database"]["admin"]["secret"] = "gcp-sm:projects/1/secrets/admin/versions/1"  # noqa: S105 - a name
    return document


@pytest.fixture(autouse=True)
def _project(cloud: Cloud) -> None:
    ids = {f"gcp-prod-{host}-1a2b3c4": str(number) for number, host in enumerate(ADDRESSES, 1)}
    cloud.holds("instances", [machine(address, host, "gcp-prod") for host, address in ADDRESSES.items()])
    cloud.says("compute.instances.get", lambda said: {"id": ids[said["instance"]]})

    def own(said: Said) -> dict[str, Any]:
        return attributes(key(int(ids[said["instance"]])))

    cloud.says("compute.instances.getGuestAttributes", own)
    cloud.lists("sql.instances.list", [databases.instance(databases.ROOT[0])])


def silent(_text: str) -> None:
    """Nobody looks at the progress."""


def test_what_is_written_is_a_footprint(prod: Environment, stated: dict[str, Any]) -> None:
    path = footprint.write(prod, stated, silent)
    found = Footprint.load(path)
    assert {host.name: list(host.ssh.host_keys) for host in found.hosts} == {"app1": [key(1)], "app2": [key(2)]}
    database = found.plain()["database"]
    assert database["ca_pem"].encode() == pem(databases.ROOT[0])
    assert (database["address"], database["port"]) == (databases.NAME, 5432)


def test_a_database_whose_ca_is_not_known_leaves_the_old_one(
    prod: Environment, cloud: Cloud, stated: dict[str, Any]
) -> None:
    path = footprint.write(prod, stated, silent)
    before = path.read_bytes()
    cloud.lists("sql.instances.list", [])
    with pytest.raises(OperationError, match="knows no database"):
        footprint.write(prod, stated, silent)
    assert path.read_bytes() == before

"""One way to the database for all who read it, whoever runs it: never one that takes a stranger for the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from infra import database, exposure, inventory
from infra.footprint import Footprint
from tests.infra.footprints import changed, managed, three, write

PORT = 5433  # no default of anybody's


def way(document: dict[str, Any]) -> dict[str, Any]:
    return database.way(Footprint.model_validate(document), PORT)


def test_one_on_a_host_of_ours_is_asked_by_its_address_and_our_ca() -> None:
    found = way(three())
    assert (found["managed"], found["address"], found["port"]) == (False, "10.20.0.21", PORT)
    assert found["ca"] == "/etc/shoestring/tls/ca.pem"


def test_one_that_a_cloud_runs_is_asked_by_its_name_and_the_clouds_ca() -> None:
    """The exposure table's port is that of a host of ours; a cloud's database has its own."""
    found = way(changed(managed(), "database.port", 6543))
    assert (found["managed"], found["address"], found["port"]) == (True, "db.internal", 6543)
    assert found["ca"] == "/etc/shoestring/database-ca.pem"


def test_who_has_no_database_has_no_footprint() -> None:
    """So there always is a way, and no template has to ask whether."""
    assert [problem.path for problem in Footprint.problems(changed(three(), "hosts.2.groups", ["bucket"]))] == [
        "database.kind"
    ]


@pytest.mark.parametrize("document", [three(), managed()], ids=["ours", "managed"])
def test_libpq_reads_the_login_as_it_is_meant(document: dict[str, Any]) -> None:
    """Whoever can get between could take the password: the certificate is verified, and for this very address."""
    found = way(document)
    assert conninfo_to_dict(found["login"]) == {
        "host": found["address"],
        "port": str(found["port"]),
        "sslmode": "verify-full",
        "sslrootcert": found["ca"],
        "connect_timeout": "5",
    }


@pytest.mark.parametrize(
    ("document", "address"), [(three(), "10.20.0.21"), (managed(), "db.internal")], ids=["ours", "managed"]
)
def test_every_play_has_it_as_a_variable(tmp_path: Path, document: dict[str, Any], address: str) -> None:
    """With the table's port, for one of ours."""
    path = write(tmp_path / "stacks", document)
    (tmp_path / "stacks/exposure.yml").write_text(exposure.FILE.read_text())
    found = inventory.read(path, tmp_path).common["footprint_database"]
    assert (found["address"], found["port"]) == (address, 5432)
    assert f"host={address} port=5432 " in found["login"]

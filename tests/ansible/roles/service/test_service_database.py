"""What a release is told of its database: libpq's variables, the same way that hosts ask it, and no password."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

from infra import database
from infra.footprint import Footprint
from tests.infra.footprints import managed, three

ROLE = Path(__file__).resolve().parents[4] / "ansible/roles/service"
CANARY = "c4n4ryPassword"


@pytest.fixture(scope="module", autouse=True)
def _filters() -> None:
    """Ansible's own filters and tests; their loader may be set up once a process."""
    with warnings.catch_warnings(action="ignore"):  # somebody else may have
        init_plugin_loader()


def variables(document: dict[str, Any], **more: Any) -> dict[str, Any]:
    footprint = Footprint.model_validate(document)
    found: dict[str, Any] = {}
    for name in ("defaults", "vars"):
        found |= DataLoader().load_from_file(str(ROLE / name / "main.yml"), trusted_as_template=True)
    way = {"footprint": footprint.plain(), "footprint_database": database.way(footprint, 5432)}
    return found | way | {"ansible_managed": "-", "vault_database_service_password": CANARY, **more}


def rendered(text: str, given: dict[str, Any]) -> Any:
    return Templar(loader=DataLoader(), variables=given).template(
        trust_as_template(text), overrides={"trim_blocks": True}
    )


def environment(document: dict[str, Any], **more: Any) -> dict[str, str]:
    """service.env, as systemd reads it."""
    text = rendered((ROLE / "templates/_release/service.env.j2").read_text(), variables(document, **more))
    lines = [line for line in str(text).splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize(
    ("document", "host", "ca"),
    [
        (three(), "10.20.0.21", "/etc/shoestring/tls/ca.pem"),
        (managed(), "db.internal", "/etc/shoestring/database-ca.pem"),
    ],
    ids=["ours", "managed"],
)
def test_a_release_asks_the_database_that_there_is_and_no_other(document: dict[str, Any], host: str, ca: str) -> None:
    """On TLS that is verified for the very name, whoever runs it. The password comes as a file."""
    found = environment(document)
    assert {name: value for name, value in found.items() if name.startswith("PG")} == {
        "PGHOST": host,
        "PGPORT": "5432",
        "PGDATABASE": "service",
        "PGUSER": "service",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": ca,
        "PGCONNECT_TIMEOUT": "5",
    }
    assert CANARY not in str(found)


def test_a_service_without_a_database_is_told_of_none() -> None:
    found = environment(managed(), service_uses_database=False)
    assert [name for name in found if name.startswith("PG")] == []


def written(document: dict[str, Any], option: str) -> list[str]:
    """The paths in `exclude` or `absent` of the task that writes the service's configuration."""
    (task,) = yaml.safe_load((ROLE / "tasks/configure.yml").read_text())
    given = variables(document) | {name: trust_as_template(text) for name, text in task["vars"].items()}
    found: list[str] = rendered(task["tree"][option], given)
    return found


@pytest.mark.parametrize(
    ("document", "lacks"),
    [
        (three(), {"etc/shoestring/database-ca.pem", "etc/shoestring/artifacts-ca.pem"}),
        (managed(), {"etc/shoestring/credentials/bucket.curl", "etc/shoestring/artifacts-ca.pem"}),
    ],
    ids=["ours", "a cloud's"],
)
def test_a_host_keeps_no_key_and_no_authority_of_what_it_no_longer_asks(
    document: dict[str, Any], lacks: set[str]
) -> None:
    """A bucket elsewhere is asked by signed URLs, so its hosts hold no key; after a move the old one goes."""
    assert set(written(document, "absent")) == lacks
    assert set(written(document, "exclude")) == lacks

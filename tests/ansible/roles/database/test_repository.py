"""The backups bucket of a Footprint in pgBackRest's words, for each kind and each way to its key."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

ROLE = Path(__file__).resolve().parents[4] / "ansible/roles/database"
PAIR = {"access": "the-access", "secret": "the-secret"}
S3 = {
    "kind": "s3",
    "name": "acme-backups",
    "prefix": None,
    "endpoint": None,
    "region": "eu-central-1",
    "path_style": False,
    "ca_pem": None,
}


@pytest.fixture(scope="module", autouse=True)
def _filters() -> None:
    """Ansible's own filters and tests; their loader may be set up once a process."""
    with warnings.catch_warnings(action="ignore"):  # somebody else may have
        init_plugin_loader()


def repository(backups: dict[str, Any]) -> dict[str, str]:
    """The repo1 options that the role writes."""
    loader = DataLoader()
    variables: dict[str, Any] = {}
    for name in ("defaults", "vars"):
        variables |= loader.load_from_file(str(ROLE / name / "main.yml"), trusted_as_template=True)
    variables |= {
        "ansible_managed": "Ansible managed",
        "footprint": {"environment": "acme", "buckets": {"backups": backups}},
        "footprint_ports": {"bucket": 7070},
        "groups": {"bucket": ["app2"]},
        "hostvars": {"app2": {"footprint_host": {"address": "10.20.0.12"}}},
        "vault_backup_passphrase": "the-passphrase",
        "vault_bucket_backup": PAIR,
        "vault_backups_key": PAIR if backups["kind"] == "s3" else {"client_email": "a@b.c", "private_key": "k"},
        "vault_database_service_password": "-",
    }
    text = (ROLE / "templates/etc/pgbackrest.conf.j2").read_text()
    rendered = str(Templar(loader=loader, variables=variables).template(trust_as_template(text)))
    return dict(
        line.removeprefix("repo1-").split("=", 1) for line in rendered.splitlines() if line.startswith("repo1-")
    )


def test_a_host_of_ours() -> None:
    found = repository({"kind": "host"})
    assert (found["storage-host"], found["storage-port"], found["path"]) == ("10.20.0.12", "7070", "/acme")
    assert (found["s3-key"], found["s3-key-secret"], found["s3-bucket"]) == ("the-access", "the-secret", "backups")
    assert found["storage-ca-file"] == "/etc/shoestring/tls/ca.pem", "it would trust every public authority"


def test_amazons_by_the_machines_own_identity() -> None:
    found = repository({**S3, "credentials": "instance"})
    assert (found["s3-endpoint"], found["s3-key-type"]) == ("s3.eu-central-1.amazonaws.com", "auto")
    assert (found["s3-bucket"], found["s3-uri-style"], found["path"]) == ("acme-backups", "host", "/acme")
    assert {"s3-key", "s3-key-secret"} & set(found) == set()


def test_another_store_by_the_s3_protocol() -> None:
    more = {"endpoint": "https://store.acme.net:9000", "path_style": True, "ca_pem": "PEM", "prefix": "ml/prod"}
    found = repository({**S3, **more, "credentials": "vault:vault_backups_key"})
    assert (found["s3-endpoint"], found["storage-port"]) == ("store.acme.net", "9000")
    assert (found["s3-uri-style"], found["path"]) == ("path", "/ml/prod")
    assert found["storage-ca-file"] == "/etc/shoestring/backups-ca.pem"
    assert (found["s3-key"], found["s3-key-secret"]) == ("the-access", "the-secret")


@pytest.mark.parametrize(
    ("credentials", "wanted"),
    [
        ("instance", {"gcs-key-type": "auto"}),
        (
            "vault:vault_backups_key",
            {"gcs-key-type": "service", "gcs-key": "/etc/shoestring/credentials-database/backups.json"},
        ),
    ],
)
def test_googles(credentials: str, wanted: dict[str, str]) -> None:
    found = repository({**S3, "kind": "gcs", "region": None, "credentials": credentials})
    assert (found["type"], found["gcs-bucket"], found["gcs-endpoint"]) == (
        "gcs",
        "acme-backups",
        "storage.googleapis.com",
    )
    assert {key: value for key, value in found.items() if key.startswith("gcs-key")} == wanted


def test_googles_protocol_elsewhere() -> None:
    """pgBackRest reads storage-port for S3 alone, and would ask port 443."""
    more = {"kind": "gcs", "region": None, "endpoint": "https://store.acme.net:4443", "credentials": "instance"}
    found = repository({**S3, **more})
    assert found["gcs-endpoint"] == "store.acme.net:4443"
    assert "storage-port" not in found


@pytest.mark.parametrize("kind", ["host", "s3", "gcs"])
def test_everything_is_encrypted_before_it_leaves(kind: str) -> None:
    found = repository({"kind": "host"} if kind == "host" else {**S3, "kind": kind, "credentials": "instance"})
    assert (found["cipher-type"], found["cipher-pass"]) == ("aes-256-cbc", "the-passphrase")

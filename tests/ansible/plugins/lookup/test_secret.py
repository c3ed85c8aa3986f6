"""A reference to a secret becomes its value on the controller only, and no message of a failure holds one."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template
from moto import mock_aws

from rehearsal.planes.gcs import accounts
from tests.ops.cloud.gcp import cloud as clouds
from tests.ops.cloud.gcp.cloud import Cloud

VALUE = "canary-5f1d"
REGION = "eu-north-1"


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Ansible's loader may be set up once a process. It finds our look-up by ansible.cfg, as a play does."""
    with warnings.catch_warnings(action="ignore"):  # somebody else may have
        init_plugin_loader()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An emulated Secrets Manager, in another region than the user's own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield boto3.client("secretsmanager", region_name=REGION)


def looked_up(reference: str, **variables: Any) -> Any:
    """What a template gets of it."""
    templar = Templar(loader=DataLoader(), variables=variables)
    return templar.template(trust_as_template("{{ lookup('secret', '" + reference + "') }}"))


def failure(reference: str, **variables: Any) -> str:
    with pytest.raises(AnsibleError) as caught:
        looked_up(reference, **variables)
    return str(caught.value)


def test_the_vaults_variable() -> None:
    assert looked_up("vault:vault_backups_key", vault_backups_key={"access": "a", "secret": VALUE})["secret"] == VALUE


def test_a_variable_that_is_not_there_is_no_empty_password() -> None:
    assert "vault:vault_nowhere is not in the vault" in failure("vault:vault_nowhere")


def test_amazons_json_is_a_mapping_and_comes_from_the_arns_own_region(store: Any) -> None:
    text = json.dumps({"username": "shoestring", "password": VALUE})
    arn = store.create_secret(Name="rds!db-1", SecretString=text)["ARN"]
    assert looked_up(f"aws-sm:{arn}")["password"] == VALUE


@pytest.mark.parametrize("text", [VALUE, "12345", '"quoted"'], ids=["word", "number", "json-text"])
def test_a_text_stays_the_text_it_is(store: Any, text: str) -> None:
    arn = store.create_secret(Name="plain", SecretString=text)["ARN"]
    assert looked_up(f"aws-sm:{arn}") == text, "a password that reads like a number would change"


@pytest.mark.usefixtures("store")
def test_a_secret_that_is_not_there_is_named_with_what_to_do() -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:nowhere-AbCdEf"
    said = failure(f"aws-sm:{arn}")
    assert arn in said
    assert "ResourceNotFoundException" in said
    assert "secretsmanager:GetSecretValue" in said


def test_bytes_are_refused_and_not_shown(store: Any) -> None:
    arn = store.create_secret(Name="bytes", SecretBinary=VALUE.encode())["ARN"]
    said = failure(f"aws-sm:{arn}")
    assert "holds bytes" in said
    assert VALUE not in said


def test_another_store_is_refused() -> None:
    said = failure(VALUE)
    assert "is in a store that nobody looks into" in said
    assert VALUE not in said, "who wrote a value where a reference belongs would find it in a log"


@pytest.mark.usefixtures("nobody")
def test_without_credentials_the_way_to_some_is_told() -> None:
    said = failure(f"aws-sm:arn:aws:secretsmanager:{REGION}:123456789012:secret:other-AbCdEf")
    assert "Unable to locate credentials" in said
    assert "aws sso login" in said


VERSIONS = "projects/123456789012/secrets/prod-database-admin/versions/"
"""Each test has a version of its own: a run asks once for each."""


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    """Secret Manager in a thread, which knows a service account's token."""
    with clouds.running() as cloud:
        key = accounts.ensure(tmp_path, accounts.email("me", "acme-test"), f"{cloud.url}/token")
        (tmp_path / "key.json").write_text(json.dumps(key))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
        for name, value in clouds.overrides(cloud).items():
            monkeypatch.setenv(name, value)
        yield cloud


def _holds(cloud: Cloud, name: str, data: bytes) -> None:
    payload = {"name": name, "payload": {"data": base64.b64encode(data).decode()}}
    cloud.says("secretmanager.projects.secrets.versions.access", payload)


def test_google_s_text_stays_the_text_it_is(google: Cloud) -> None:
    _holds(google, f"{VERSIONS}1", VALUE.encode())
    assert looked_up(f"gcp-sm:{VERSIONS}1") == VALUE
    (asked,) = google.asked("secretmanager.projects.secrets.versions.access")
    assert asked["name"] == f"{VERSIONS}1"


def test_google_s_bytes_are_refused_and_not_shown(google: Cloud) -> None:
    _holds(google, f"{VERSIONS}2", VALUE.encode() + b"\xff\xfe")
    said = failure(f"gcp-sm:{VERSIONS}2")
    assert "holds no text" in said
    assert VALUE not in said


def test_google_s_refusal_is_named_with_what_to_do(google: Cloud) -> None:
    google.says("secretmanager.projects.secrets.versions.access", clouds.Refusal(403, "Permission denied"))
    said = failure(f"gcp-sm:{VERSIONS}3")
    assert f"{VERSIONS}3" in said
    assert "refused (403): Permission denied" in said
    assert "gcloud auth list" in said


@pytest.mark.parametrize("name", ["projects/p/secrets/s", VALUE], ids=["no version", "no name"])
def test_what_is_no_version_of_google_s_is_refused_before_anybody_is_asked(name: str) -> None:
    assert "is no version of a secret" in failure(f"gcp-sm:{name}")

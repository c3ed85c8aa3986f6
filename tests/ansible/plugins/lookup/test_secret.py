"""A reference to a secret becomes its value on the controller only, and no message of a failure holds one."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template
from moto import mock_aws

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


def test_without_credentials_the_way_to_some_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    said = failure(f"aws-sm:arn:aws:secretsmanager:{REGION}:123456789012:secret:other-AbCdEf")
    assert "Unable to locate credentials" in said
    assert "aws sso login" in said

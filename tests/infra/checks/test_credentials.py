"""A cloud bucket whose key can't be fetched is refused before a host is contacted; others are taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.checks import credentials, environment
from infra.problems import SettingsError
from tests.infra.checks.environments import make
from tests.infra.footprints import ARN, GCP, changed, three

S3 = {"kind": "s3", "name": "acme-backups", "region": "eu-central-1"}


def _load(tmp_path: Path, bucket: dict[str, Any], purpose: str = "backups") -> None:
    environment.load(make(tmp_path, {}, changed(three(), f"buckets.{purpose}", bucket)))


@pytest.mark.parametrize("purpose", ["artifacts", "backups"])
def test_a_bucket_of_amazons_needs_its_region(tmp_path: Path, purpose: str) -> None:
    bucket = {key: value for key, value in S3.items() if key != "region"}
    with pytest.raises(SettingsError, match=rf"(?s)buckets\.{purpose}\.region.*endpoint"):
        _load(tmp_path, {**bucket, "credentials": "instance"}, purpose)


@pytest.mark.parametrize("key", [None, "text", {"access": "a"}, {"access": "a", "secret": ""}], ids=str)
def test_the_key_of_a_models_bucket_is_in_the_vault_in_its_form(tmp_path: Path, key: object) -> None:
    """It is told when the vault is opened, and not when a release is half brought."""
    bucket = {**S3, "credentials": "vault:vault_artifacts_key"}
    path = make(tmp_path, {}, changed(three(), "buckets.artifacts", bucket))
    footprint = environment.load(path).footprint
    credentials.check(path, footprint, {"vault_artifacts_key": {"access": "a", "secret": "b"}})
    with pytest.raises(SettingsError, match=r"(?s)buckets\.artifacts\.credentials.*vault_artifacts_key") as caught:
        credentials.check(path, footprint, {} if key is None else {"vault_artifacts_key": key})
    assert "a mapping {access, secret}" in str(caught.value)


@pytest.mark.parametrize("credentials", ["instance", "vault:vault_backups_key", ARN, GCP])
@pytest.mark.parametrize("kind", ["s3", "gcs"])
def test_what_can_be_resolved_is_taken(tmp_path: Path, kind: str, credentials: str) -> None:
    _load(tmp_path, {**S3, "kind": kind, "credentials": credentials})

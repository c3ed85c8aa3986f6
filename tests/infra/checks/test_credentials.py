"""A cloud bucket whose key can't be fetched is refused before a host is contacted; others are taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.checks import environment
from infra.problems import SettingsError
from tests.infra.checks.environments import make
from tests.infra.footprints import ARN, GCP, changed, three

S3 = {"kind": "s3", "name": "acme-backups", "region": "eu-central-1"}


def _load(tmp_path: Path, bucket: dict[str, Any]) -> None:
    environment.load(make(tmp_path, {}, changed(three(), "buckets.backups", bucket)))


def test_a_secret_that_is_not_looked_up_yet_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"(?s)buckets\.backups\.credentials.*not looked up yet.*vault:"):
        _load(tmp_path, {**S3, "credentials": GCP})


def test_a_bucket_of_amazons_needs_its_region(tmp_path: Path) -> None:
    bucket = {key: value for key, value in S3.items() if key != "region"}
    with pytest.raises(SettingsError, match=r"(?s)buckets\.backups\.region.*endpoint"):
        _load(tmp_path, {**bucket, "credentials": "instance"})


@pytest.mark.parametrize("credentials", ["instance", "vault:vault_backups_key", ARN])
@pytest.mark.parametrize("kind", ["s3", "gcs"])
def test_what_can_be_resolved_is_taken(tmp_path: Path, kind: str, credentials: str) -> None:
    _load(tmp_path, {**S3, "kind": kind, "credentials": credentials})

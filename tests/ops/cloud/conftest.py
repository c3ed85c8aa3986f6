"""An environment in a cloud whose account is moto's, and no credentials but those of a test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from moto import mock_aws

from ops.cloud.aws import account as account_module
from ops.environment import ROOT, Environment
from tests.ops.cloud.cli import Cli

BACKEND = "s3://shoestring-state-0a1b2c3d?region=eu-central-1"
KEY = "awskms://alias/shoestring-state?region=eu-central-1"


def write_stack(root: Path, name: str = "aws-dev", **changed: Any) -> None:
    """Our own stack file of that name, with `changed` settings (None: without it); its blank filled in."""
    document = yaml.safe_load((ROOT / f"stacks/Pulumi.{name}.yaml").read_text())
    config = document["config"] | {"shoestring:budget": {"monthly_usd": 500, "emails": ["ops@acme.dev"]}}
    for key, value in changed.items():
        config[f"shoestring:{key}"] = value
    document["config"] = {key: value for key, value in config.items() if value is not None}
    (root / f"stacks/Pulumi.{name}.yaml").write_text(yaml.safe_dump(document, sort_keys=False))


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials, and no Pulumi login, of whoever runs the tests."""
    account_module._session.cache_clear()  # it holds those of the test before
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "REGION", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name in ("CONFIG_FILE", "SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(f"AWS_{name}", str(tmp_path / "no-such-file"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi-home"))


@pytest.fixture
def dev(root: Path) -> Environment:
    """`aws-dev`, of which only the stack file is there."""
    write_stack(root)
    return Environment.resolve("aws-dev", root)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An emulated account, empty, and credentials for it."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "testing")
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # a second, and no test looks at them
    with mock_aws(config={"core": {"mock_credentials": False}}):
        yield


@pytest.fixture
def stated(root: Path) -> Environment:
    """`aws-dev` after `make bootstrap`: it is said where its state is, and what encrypts it."""
    write_stack(root, backend=BACKEND)
    file = root / "stacks/Pulumi.aws-dev.yaml"
    file.write_text(f"secretsprovider: {KEY}\n{file.read_text()}")
    return Environment.resolve("aws-dev", root)


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The stand-in for the Pulumi CLI, first on PATH."""
    made = Cli(tmp_path / "cli")
    monkeypatch.setenv("PATH", f"{made.home / 'bin'}:{os.environ['PATH']}")
    return made

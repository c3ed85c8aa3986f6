"""An environment in Google Cloud whose project is a server in the test, and a service account that is nobody's."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ops import processes
from ops.cloud.gcp import account
from ops.environment import Environment
from tests.ops.cloud.conftest import write_stack
from tests.ops.cloud.gcp import cloud as clouds
from tests.ops.cloud.gcp.cloud import Cloud

WHO = "shoestring-ci@acme-ml.iam.gserviceaccount.com"
BACKEND = "gs://shoestring-state-acme-ml-us-central1"


@functools.cache
def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of whoever runs the tests, and none of a machine of Google's."""
    account._credentials.cache_clear()  # it holds those of the test before
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "no-such-directory"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setattr(processes, "pause", lambda _seconds: None)


@pytest.fixture
def dev(root: Path) -> Environment:
    """`gcp-dev`, of which only the stack file is there."""
    write_stack(root, "gcp-dev")
    return Environment.resolve("gcp-dev", root)


@pytest.fixture
def prod(root: Path) -> Environment:
    """`gcp-prod`, the same."""
    write_stack(root, "gcp-prod")
    return Environment.resolve("gcp-prod", root)


@pytest.fixture
def stated(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """`gcp-dev` whose state is somewhere, encrypted by a key."""
    monkeypatch.setenv("PULUMI_BACKEND_URL", BACKEND)
    dev.stack.write_text(f"secretsprovider: gcpkms://projects/p/cryptoKeys/k\n{dev.stack.read_text()}")
    return dev


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Cloud]:
    """A project that says what the test has it say, and credentials for it."""
    with clouds.running() as running:
        for name, value in clouds.overrides(running).items():
            monkeypatch.setenv(name, value)
        file = tmp_path / "credentials.json"
        said = {"type": "service_account", "client_email": WHO, "private_key": _private_key(), "project_id": "acme-ml"}
        file.write_text(json.dumps(said | {"token_uri": f"{running.url}/token"}))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        yield running

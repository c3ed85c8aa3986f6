"""What the stack says becomes a whole Footprint, or the old one stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.footprint import Footprint
from infra.problems import FootprintError
from ops.cloud import footprint
from ops.cloud.aws import host_keys
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud import outputs
from tests.ops.cloud.aws.made import block, machine
from tests.ops.cloud.keys import key

PEM = (
    "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo\n"
    "-----END CERTIFICATE-----\n"
)


@pytest.fixture
def stated() -> dict[str, Any]:
    """The stack's output as the real program registers it."""
    return outputs.of("aws-dev")


@pytest.fixture(autouse=True)
def _console(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consoles that show a key of their own each: moto's shows none."""
    monkeypatch.setattr(host_keys, "console", lambda _ec2, instance: block(key(int(instance[-2:], 16))))


def silent(_text: str) -> None:
    """Nobody looks at the progress."""


@pytest.mark.usefixtures("account")
def test_what_is_written_is_a_footprint(dev: Environment, stated: dict[str, Any]) -> None:
    instance = machine(stated["hosts"][0]["address"])
    path = footprint.write(dev, stated, silent)
    assert path == dev.directory / "footprint.json"
    found = Footprint.load(path)
    assert list(found.hosts[0].ssh.host_keys) == [key(int(instance[-2:], 16))]
    assert found.producer == "pulumi"
    assert found.generated_at is not None
    assert dev.footprint == path, "every other verb reads it"


@pytest.mark.usefixtures("account")
def test_a_managed_database_gets_its_ca(dev: Environment, stated: dict[str, Any]) -> None:
    machine(stated["hosts"][0]["address"])
    asked: list[tuple[str, str]] = []

    def ca(_environment: Environment, address: str, region: str) -> str:
        asked.append((address, region))
        return PEM

    stated["database"] = outputs.of("aws-prod")["database"]
    stated["hosts"][0]["groups"] = ["proxy", "service"]
    stated["hosts"][0]["volumes"] = []
    document = json.loads(footprint.write(dev, stated, silent, ca).read_text())
    assert document["database"]["ca_pem"] == PEM
    assert document["database"]["port"] == 5432
    assert isinstance(document["database"]["port"], int), "Pulumi's wire has floats only, and 5432.0 is no port"
    assert asked == [(stated["database"]["address"], "eu-central-1")]


@pytest.mark.usefixtures("account")
def test_what_would_be_no_footprint_leaves_the_old_one(dev: Environment, stated: dict[str, Any]) -> None:
    machine(stated["hosts"][0]["address"])
    path = footprint.write(dev, stated, silent)
    before = path.read_bytes()
    stated["network"]["private_cidrs"] = ["10.99.0.0/16"]
    with pytest.raises(FootprintError, match="private_cidrs"):
        footprint.write(dev, stated, silent)
    assert path.read_bytes() == before


def test_another_environments_stack_is_refused(dev: Environment, stated: dict[str, Any]) -> None:
    with pytest.raises(OperationError, match="is of 'aws-prod'"):
        footprint.write(dev, stated | {"environment": "aws-prod"}, silent)

"""A database's CA is the one whose fingerprint RDS gives, or there is none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from cryptography.hazmat.primitives import hashes

from ops.cloud import authority
from ops.cloud.aws import account, database_ca
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.certificates import NOW, certificate, pem

ADDRESS = "aws-dev-database.abc.eu-central-1.rds.amazonaws.com"


def thumbprint(one: Any) -> str:
    return str(one.fingerprint(hashes.SHA1()).hex())  # noqa: S303 - what RDS gives


OURS, OTHER = certificate("Amazon RDS eu-central-1 Root CA RSA2048 G1"), certificate("Somebody's CA")


@pytest.mark.parametrize("form", [str.lower, str.upper], ids=["lower", "upper"])
def test_of_the_bundle_the_one_with_the_fingerprint_is_trusted(form: Any) -> None:
    found = database_ca.verified(pem(OTHER, OURS), form(thumbprint(OURS)), "a bundle", NOW)
    assert found.encode() == pem(OURS), "who holds another certificate of the bundle is not this database"


def test_a_bundle_without_it_is_refused() -> None:
    with pytest.raises(OperationError, match="none of its 1 certificates has the fingerprint"):
        database_ca.verified(pem(OTHER), thumbprint(OURS), "a bundle", NOW)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (certificate("no CA", ca=False), "no CA that is signed by itself"),
        (certificate("below", other="another"), "no CA that is signed by itself"),
        (certificate("ended", until=NOW - timedelta(days=1)), "not valid now, but until 2026-11-25"),
    ],
    ids=["leaf", "issued", "ended"],
)
def test_a_certificate_that_can_vouch_for_nothing_is_refused(wrong: Any, said: str) -> None:
    with pytest.raises(OperationError, match=said):
        database_ca.verified(pem(wrong), thumbprint(wrong), "a bundle", NOW)


@pytest.mark.parametrize("bundle", [b"", b"<html>captive portal</html>", b"x" * 300_000], ids=["none", "html", "huge"])
def test_what_is_no_bundle_is_refused(bundle: bytes) -> None:
    with pytest.raises(OperationError, match="none of its 0 certificates"):
        database_ca.verified(bundle, thumbprint(OURS), "a bundle", NOW)


def test_only_https_is_asked() -> None:
    assert database_ca.url("eu-central-1").startswith("https://truststore.pki.rds.amazonaws.com/eu-central-1/")
    assert "us-gov-west-1/us-gov-west-1-bundle.pem" in database_ca.url("us-gov-west-1")
    with pytest.raises(ValueError, match="no https"):
        authority.download("file:///etc/passwd")


@pytest.fixture
def rds(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    """RDS that knows our database among others, and gives the fingerprint of its CA."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "testing")
    client = boto3.client("rds", "eu-central-1")
    monkeypatch.setattr(account, "client", lambda _environment, _service: client)
    stub = Stubber(client)
    instances = [
        {"Endpoint": {"Address": "another"}, "CACertificateIdentifier": "rds-ca-ecc384-g1"},
        {"DBInstanceIdentifier": "still made"},
        {"Endpoint": {"Address": ADDRESS}, "CACertificateIdentifier": "rds-ca-rsa2048-g1"},
    ]
    stub.add_response("describe_db_instances", {"DBInstances": instances})
    answer = {"Certificates": [{"CertificateIdentifier": "rds-ca-rsa2048-g1", "Thumbprint": thumbprint(OURS)}]}
    stub.add_response("describe_certificates", answer, {"CertificateIdentifier": "rds-ca-rsa2048-g1"})
    stub.activate()
    return stub


@pytest.mark.usefixtures("rds")
def test_rds_says_which_ca_and_amazon_publishes_it(dev: Environment) -> None:
    asked: list[str] = []

    def fetch(source: str) -> bytes:
        asked.append(source)
        return pem(OTHER, OURS)

    assert database_ca.read(dev, ADDRESS, "eu-central-1", fetch).encode() == pem(OURS)
    assert asked == [database_ca.url("eu-central-1")]


@pytest.mark.usefixtures("rds")
def test_no_way_to_the_bundle_is_told(dev: Environment) -> None:
    def fetch(_source: str) -> bytes:
        raise TimeoutError("timed out")

    with pytest.raises(OperationError, match="can't be fetched") as caught:
        database_ca.read(dev, ADDRESS, "eu-central-1", fetch)
    assert "make footprint ENV=aws-dev" in caught.value.fix


@pytest.mark.usefixtures("rds")
def test_a_database_that_rds_does_not_know_is_told(dev: Environment) -> None:
    with pytest.raises(OperationError, match="RDS knows no database at nowhere"):
        database_ca.read(dev, "nowhere", "eu-central-1")

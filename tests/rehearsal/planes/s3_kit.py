"""A real S3 gateway for tests: the keys of who reads models and of a host that keeps backups, as on AWS."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from infra.aws import policies
from rehearsal.aws.grants import grants
from rehearsal.planes import gateway as settings
from rehearsal.planes.buckets import Gateway
from rehearsal.planes.wanted import Bucket, Key

REGION = "eu-central-1"
ARN = "arn:aws:s3:::"
READER, DATABASE = Key("reader-1a", "secret-of-reader"), Key("database-1a", "secret-of-database")
ARTIFACTS, BACKUPS = f"{ARN}artifacts", f"{ARN}backups"


def _allow(action: str, resource: str) -> policies.Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


DOCUMENTS = {
    READER.access: [policies.document(_allow("s3:ListBucket", ARTIFACTS), _allow("s3:GetObject", f"{ARTIFACTS}/*"))],
    DATABASE.access: [policies.host({"database"}, BACKUPS, "arn:aws:kms:::key/1", REGION)],
}
KEYS = [READER, DATABASE]
BUCKETS = [
    Bucket("artifacts", versioned=True, grants=grants(ARTIFACTS, DOCUMENTS)),
    Bucket("backups", versioned=True, locked_days=3, grants=grants(BACKUPS, DOCUMENTS)),
    Bucket("plain", versioned=False),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def root(gateway: Gateway) -> Any:
    return gateway.client(settings.root(gateway.directory))


def pid(gateway: Gateway) -> int:
    number: int = json.loads((gateway.directory / "versitygw.json").read_text())["pid"]
    return number


def answer(ask: Callable[..., Any], **parameters: Any) -> str:
    """What S3 says to a request: "ok", or the name of the error."""
    try:
        ask(**parameters)
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return "ok"


def fetched(gateway: Gateway, url: str) -> tuple[int, bytes]:
    """Status and body of a URL, by no more than the rehearsal's authority."""
    assert url.startswith(f"{gateway.endpoint}/")
    trust = ssl.create_default_context(cadata=(gateway.directory / "ca.pem").read_text())
    connection = http.client.HTTPSConnection(gateway.address, gateway.port, context=trust, timeout=10)
    try:
        connection.request("GET", url.removeprefix(gateway.endpoint))
        got = connection.getresponse()
        return got.status, got.read()
    finally:
        connection.close()

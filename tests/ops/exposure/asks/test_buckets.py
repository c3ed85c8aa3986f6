"""A real S3 gateway, asked as `verify` asks: a bucket that a stranger may use in any way is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.exposure.asks import buckets as asks
from ops.exposure.far import buckets
from rehearsal.planes.authority import Authority
from rehearsal.planes.buckets import Gateway
from rehearsal.planes.wanted import Bucket, Key
from tests.rehearsal.planes.s3_kit import BUCKETS, KEYS, READER, REGION, free_port, root

NAMES = ["artifacts", "backups"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.of(tmp_path_factory.mktemp("authority"), "test")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    directory = tmp_path_factory.mktemp("gw") / "s3"
    directory.mkdir(mode=0o755)
    made = Gateway(directory, "127.0.0.1", free_port(), REGION)
    yield made
    made.stop()


@pytest.fixture
def gateway(running: Gateway, authority: Authority) -> Gateway:
    running.ensure(BUCKETS, KEYS, authority)
    return running


def asked(gateway: Gateway, tries: list[dict[str, Any]]) -> list[str]:
    argument = {
        "url": gateway.endpoint,
        "connect": None,
        "region": REGION,
        "ca": (gateway.directory / "ca.pem").read_text(),
        "tries": tries,
    }
    report = asks.judge("data1:7070", "app1", tries, [buckets.ask(argument, one) for one in tries])
    assert report.checked["buckets"] == len(tries) > 0
    return [one.what for one in report.problems]


def test_a_gateway_that_refuses_has_no_problem(gateway: Gateway) -> None:
    tries = asks.tries(NAMES, {})
    assert len(tries) == 8 + 2 * (8 * 3 + 1), "each bucket by each stranger in each way"
    assert asked(gateway, tries) == []


@pytest.mark.parametrize(
    ("action", "resource", "named"),
    [
        ("s3:ListBucket", "artifacts", "GET /artifacts without a key gets 200, not 403"),
        ("s3:GetObject", "artifacts/*", f"GET /artifacts/{asks.OBJECT} without a key gets 404, not 403"),
        ("s3:PutObject", "artifacts/*", f"PUT /artifacts/{asks.OBJECT} without a key gets 400, not 403"),
    ],
)
def test_a_public_policy_is_named_and_nothing_is_stored(
    gateway: Gateway, action: str, resource: str, named: str
) -> None:
    client = root(gateway)
    public = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{resource}"}
    client.put_bucket_policy(Bucket="artifacts", Policy=json.dumps({"Version": "2012-10-17", "Statement": [public]}))
    assert named in asked(gateway, asks.tries(NAMES, {}))
    assert "Contents" not in client.list_objects_v2(Bucket="artifacts")


def test_a_default_key_is_found_out(gateway: Gateway, authority: Authority) -> None:
    access, secret = asks.DEFAULTS[0]
    gateway.ensure([Bucket("artifacts", versioned=True)], [Key(access, secret)], authority)
    found = asked(gateway, asks.tries(["artifacts"], {}))
    assert [one for one in found if f"with the default key {access}" in one]


def test_the_key_of_another_is_refused_and_its_own_is_not(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read where it lies on a host: in the form that the role writes."""
    file = tmp_path / "bucket.curl"
    file.write_text(f'# managed\nuser = "{READER.access}:{READER.secret}"\naws-sigv4 = "aws:amz:us-east-1:s3"\n')
    monkeypatch.setitem(buckets.KEPT, "service", (str(file), buckets.KEPT["service"][1]))
    forbidden = ["GET backups", "PUT artifacts", "PUT backups"]
    assert asked(gateway, asks.tries([], {"service": forbidden})[8:]) == []
    (own,) = asked(gateway, asks.tries([], {"service": ["GET artifacts"]})[8:])
    assert own == f"GET /artifacts/{asks.OBJECT} with the key of service gets 404, not 403"


def test_the_keys_of_backups_are_read_where_they_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pgbackrest.conf"
    file.write_text("[global]\nrepo1-type=s3\nrepo1-s3-key=known\nrepo1-s3-uri-style=path\nrepo1-s3-key-secret=kept\n")
    monkeypatch.setitem(buckets.KEPT, "backup", (str(file), buckets.KEPT["backup"][1]))
    assert buckets.kept("backup") == ["known", "kept"]
    file.unlink()
    assert buckets.kept("backup") is None


def test_keys_that_a_host_does_not_have_are_not_counted() -> None:
    tries = asks.tries([], {"backup": ["GET artifacts"]})[-1:]
    assert asks.judge("data1:7070", "app1", tries, [None]).checked["buckets"] == 0


def test_a_gateway_that_does_not_answer_has_proven_nothing() -> None:
    tries = asks.tries(["artifacts"], {})[:1]
    report = asks.judge("data1:7070", "app1", tries, ["connection refused"])
    assert [one.what for one in report.problems] == ["GET / without a key has no answer (connection refused), not 403"]

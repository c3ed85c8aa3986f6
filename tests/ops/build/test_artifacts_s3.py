"""A model in an S3 bucket elsewhere: stored once, byte for byte, and fetched by a URL that ends; no host has a key."""

from __future__ import annotations

import hashlib
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from ops.build import artifacts
from ops.build.artifacts_s3 import Store
from ops.errors import OperationError

PATH = "models/arrival-delay/1"
PAIR = {"access": "testing", "secret": "testing"}
CONTENT = b"a model" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The store as its owner has it, with one bucket; nobody is logged in to anything."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    owner = boto3.Session().client("s3", region_name="us-east-1", endpoint_url=endpoint, **keys)
    owner.create_bucket(Bucket="acme-artifacts")
    yield owner
    for one in owner.list_objects_v2(Bucket="acme-artifacts").get("Contents", ()):
        owner.delete_object(Bucket="acme-artifacts", Key=one["Key"])
    owner.delete_bucket(Bucket="acme-artifacts")


@pytest.fixture
def bucket(s3: Any, endpoint: str) -> dict[str, Any]:
    """As a Footprint has it."""
    assert s3
    more = {"endpoint": endpoint, "region": "us-east-1", "path_style": True, "prefix": None, "ca_pem": None}
    return {"kind": "s3", "name": "acme-artifacts", "credentials": "instance", **more}


@pytest.fixture
def store(bucket: dict[str, Any]) -> Iterator[Store]:
    with artifacts.opened(bucket, PATH, PAIR) as opened:
        assert isinstance(opened, Store)
        yield opened


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.onnx"
    file.write_bytes(CONTENT)
    return file


def test_what_is_stored_is_there_and_nothing_else(store: Store, model: Path, s3: Any) -> None:
    assert not store.has("model.onnx", DIGEST)
    store.put(model, DIGEST)
    assert store.has("model.onnx", DIGEST)
    assert not store.has("model.onnx", hashlib.sha256(b"another").hexdigest()), "another model under the same name"
    (one,) = s3.list_objects_v2(Bucket="acme-artifacts")["Contents"]
    assert one["Key"] == f"{PATH}/model.onnx"


def test_what_somebody_wrote_over_is_not_the_model(store: Store, model: Path, s3: Any) -> None:
    store.put(model, DIGEST)
    s3.put_object(Bucket="acme-artifacts", Key=f"{PATH}/model.onnx", Body=b"tampered")
    assert not store.has("model.onnx", DIGEST)


def test_the_buckets_prefix_keeps_environments_apart(bucket: dict[str, Any], model: Path, s3: Any) -> None:
    with artifacts.opened({**bucket, "prefix": "ml/prod"}, PATH, PAIR) as opened:
        opened.put(model, DIGEST)
    (one,) = s3.list_objects_v2(Bucket="acme-artifacts")["Contents"]
    assert one["Key"] == f"ml/prod/{PATH}/model.onnx"


def test_a_file_that_is_not_the_manifests_is_never_stored(store: Store, model: Path, s3: Any) -> None:
    model.write_bytes(CONTENT[:-1])
    with pytest.raises(OperationError, match="manifest says") as caught:
        store.put(model, DIGEST)
    assert caught.value.consequence == artifacts.NOTHING
    assert "Contents" not in s3.list_objects_v2(Bucket="acme-artifacts")


def test_whoever_has_the_url_fetches_without_a_key_for_an_hour(store: Store, model: Path) -> None:
    store.put(model, DIGEST)
    url = store.url("model.onnx")
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own, on loopback
        assert answer.read() == CONTENT
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    assert query["X-Amz-Expires"] == ["3600"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Credential"][0].startswith(PAIR["access"]), "the name of the key, and never the key"


def test_a_bucket_that_is_not_there_is_named(bucket: dict[str, Any], model: Path) -> None:
    refusal = pytest.raises(OperationError, match=r"s3://acme-nowhere/models/arrival-delay/1/model.onnx: NoSuchBucket")
    with artifacts.opened({**bucket, "name": "acme-nowhere"}, PATH, PAIR) as opened, refusal:
        opened.put(model, DIGEST)


def test_without_credentials_the_way_to_log_in_is_told(bucket: dict[str, Any]) -> None:
    with artifacts.opened(bucket, PATH) as opened:
        for ask in (lambda: opened.has("model.onnx", DIGEST), lambda: opened.url("model.onnx")):
            with pytest.raises(OperationError, match="Unable to locate credentials") as caught:
                ask()
            assert "aws sso login" in caught.value.fix


def test_a_store_that_is_down_is_named(bucket: dict[str, Any]) -> None:
    refusal = pytest.raises(OperationError, match="can't be asked for s3://acme-artifacts/")
    with artifacts.opened({**bucket, "endpoint": "http://127.0.0.1:9"}, PATH, PAIR) as opened, refusal:
        opened.has("model.onnx", DIGEST)

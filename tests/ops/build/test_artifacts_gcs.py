"""A model in a bucket at Google: stored once, byte for byte, and fetched with a token that reads nothing else."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from ops.build import artifacts
from ops.build.artifacts_gcs import Store
from ops.errors import OperationError
from rehearsal.gcp.api import Emulated
from rehearsal.gcp.names import Project
from rehearsal.gcp.server import Door
from rehearsal.planes.authority import Authority
from rehearsal.planes.gcs import accounts
from rehearsal.planes.gcs.store import GcsBucket
from rehearsal.planes.gcs.store import Store as Here
from tests.rehearsal.planes.s3_kit import free_port

PATH = "models/arrival-delay/1"
CONTENT = b"a model" * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
WRITER = accounts.email("controller", "acme-test")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    """Two real buckets, of which the controller has one."""
    directory = tmp_path_factory.mktemp("gcs")
    store = Here(directory / "gcs", "127.0.0.1", free_port())
    mine = GcsBucket("acme-artifacts", {"roles/storage.objectUser": [f"serviceAccount:{WRITER}"]}, {})
    accounts.ensure(store.directory, WRITER, "(not yet)")
    store.ensure([mine, GcsBucket("acme-closed", {}, {})], Authority.of(directory / "ca", "test"))
    yield store
    store.stop()


@pytest.fixture(scope="module")
def key(here: Here) -> Iterator[dict[str, str]]:
    """The controller's key, and the service that gives it tokens and narrows them."""
    handler = partial(Door, Emulated(here.directory, Project("acme-test", "us-central1")), here.tokens)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield accounts.ensure(here.directory, WRITER, f"http://127.0.0.1:{server.server_port}/token")
        server.shutdown()


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch, key: dict[str, str], tmp_path: Path) -> None:
    """Whoever runs the tests is logged in to nothing; tokens are narrowed by the service above."""
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "nowhere"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_STS", key["token_uri"].removesuffix("token"))


@pytest.fixture
def bucket(here: Here) -> dict[str, Any]:
    """As a Footprint has it."""
    where = {"endpoint": here.endpoint, "ca_pem": (here.directory / "ca.pem").read_text(), "prefix": None}
    return {"kind": "gcs", "name": "acme-artifacts", "credentials": "instance", **where}


@pytest.fixture
def store(bucket: dict[str, Any], key: dict[str, str]) -> Iterator[artifacts.Store]:
    with artifacts.opened(bucket, PATH, key) as opened:
        assert isinstance(opened, Store)
        yield opened


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.onnx"
    file.write_bytes(CONTENT)
    return file


def fetched(here: Here, url: str, headers: list[str]) -> requests.Response:
    """What a host gets, with curl's means."""
    sent = dict(line.split(": ", 1) for line in headers)
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, headers=sent, verify=str(here.directory / "ca.pem"), timeout=10)


def test_what_is_stored_is_there_and_nothing_else(store: artifacts.Store, model: Path, here: Here) -> None:
    store.put(model, DIGEST)
    assert store.has("model.onnx", DIGEST)
    assert not store.has("model.onnx", hashlib.sha256(b"another").hexdigest()), "another model under the same name"
    assert not store.has("other.onnx", DIGEST)
    assert here.digest("acme-artifacts", f"{PATH}/model.onnx") == DIGEST


def test_what_somebody_wrote_over_is_not_the_model(store: Store, model: Path) -> None:
    store.put(model, DIGEST)
    store.client.bucket("acme-artifacts").blob(f"{PATH}/model.onnx").upload_from_string(b"tampered")
    assert not store.has("model.onnx", DIGEST)


def test_a_file_that_is_not_the_manifests_is_never_stored(store: artifacts.Store, model: Path, here: Here) -> None:
    model = model.rename(model.with_name("short.onnx"))
    model.write_bytes(CONTENT[:-1])
    with pytest.raises(OperationError, match="manifest says") as caught:
        store.put(model, DIGEST)
    assert caught.value.consequence == artifacts.NOTHING
    assert f"{PATH}/short.onnx" not in here.objects("acme-artifacts")


def test_the_buckets_prefix_keeps_environments_apart(
    bucket: dict[str, Any], key: dict[str, str], model: Path, here: Here
) -> None:
    with artifacts.opened({**bucket, "prefix": "ml/prod"}, PATH, key) as opened:
        opened.put(model, DIGEST)
    assert f"ml/prod/{PATH}/model.onnx" in here.objects("acme-artifacts")


def test_a_host_fetches_with_a_token_that_reads_nothing_else(store: Store, model: Path, here: Here) -> None:
    store.put(model, DIGEST)
    store.client.bucket("acme-artifacts").blob("models/other/1/model.onnx").upload_from_string(b"other")
    url, headers = store.url("model.onnx"), store.headers()
    assert fetched(here, url, headers).content == CONTENT
    assert fetched(here, url, []).status_code == 401, "the URL alone is no key"
    assert fetched(here, url.replace("arrival-delay", "other"), headers).status_code == 403
    assert fetched(here, f"{here.endpoint}/storage/v1/b/acme-artifacts/o", headers).status_code == 403, "nor a list"
    assert store.holder.token not in headers[0], "the controller's own stays here"


def test_the_vaults_text_is_a_key_too(bucket: dict[str, Any], key: dict[str, str]) -> None:
    with artifacts.opened(bucket, PATH, json.dumps(key)) as opened:
        assert not opened.has("nothing.onnx", DIGEST)


@pytest.mark.parametrize("wrong", ["text", {"access": "a", "secret": "canary77"}, {"client_email": "canary77"}])
def test_a_key_of_another_form_is_refused_and_not_shown(bucket: dict[str, Any], wrong: object) -> None:
    with pytest.raises(OperationError, match="has another form") as caught, artifacts.opened(bucket, PATH, wrong):
        pass
    assert "canary77" not in str(caught.value)


def test_a_bucket_that_is_closed_or_not_there_is_named(
    bucket: dict[str, Any], key: dict[str, str], model: Path
) -> None:
    for name in ("acme-closed", "acme-nowhere"):
        refusal = pytest.raises(OperationError, match=rf"gs://{name}/models/arrival-delay/1/model.onnx: 403")
        with artifacts.opened({**bucket, "name": name}, PATH, key) as opened, refusal:
            opened.put(model, DIGEST)


def test_without_credentials_the_way_to_log_in_is_told(bucket: dict[str, Any]) -> None:
    with pytest.raises(OperationError, match="no credentials for Google Cloud") as caught:
        artifacts.opened(bucket, PATH).__enter__()
    assert "gcloud auth application-default login" in caught.value.fix


def test_a_store_that_is_down_is_named_soon(
    bucket: dict[str, Any], key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.build.artifacts_gcs.PATIENCE", 0.1)
    refusal = pytest.raises(OperationError, match="can't be asked for gs://acme-artifacts/")
    with artifacts.opened({**bucket, "endpoint": "https://127.0.0.1:9"}, PATH, key) as opened, refusal:
        opened.has("model.onnx", DIGEST)

"""A host gets the model that the manifest names, or the deploy says what came: the role's tasks, a real gateway."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.ansible.conftest import KEY, Bucket
from tests.ansible.plugins.tree.playbooks import PLUGINS, playbook

PATH = "models/arrival-delay/1"
FILES = {"model.onnx": b"a model" * 1000, "canary.json": b"{}"}


@pytest.fixture
def published(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """The bucket with the model in it. Where the Footprint has no CA of the bucket's, a host's own are asked."""
    (bucket.directory / PATH).mkdir(parents=True)
    for name, content in FILES.items():
        (bucket.directory / PATH / name).write_bytes(content)
    monkeypatch.setenv("CURL_CA_BUNDLE", str(bucket.authority))
    return Bucket({**bucket.said, "ca_pem": None}, bucket.directory, bucket.authority)


def fetch(where: Path, bucket: dict[str, Any], *arguments: str) -> tuple[int, str]:
    """(exit code, output) of the tasks that bring a release's model to a host: into where/staged/model."""
    (where / "staged/model").mkdir(parents=True)
    (where / "roles").symlink_to(PLUGINS.parent / "roles")
    (where / "lookup_plugins").symlink_to(PLUGINS / "lookup")
    files = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    given = {
        "footprint": {"buckets": {"artifacts": bucket}},
        "service_release": {"model": {"name": "arrival-delay", "version": "1", "files": files}},
        "_service_staging": str(where / "staged"),
        "vault_key": KEY,
    }
    task = {"include_role": {"name": "service", "tasks_from": "release/model"}}
    (where / "site.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    return playbook(where, {"app1": given}, *arguments, callback="default")


def test_each_file_comes_as_the_manifest_says(tmp_path: Path, published: Bucket) -> None:
    """And no output has a URL, which is as good as a key for an hour; not even the most verbose."""
    code, output = fetch(tmp_path, published.said, "-vvvv")
    assert code == 0, output
    assert {file.name: file.read_bytes() for file in (tmp_path / "staged/model").iterdir()} == FILES
    assert "X-Amz-" not in output
    assert KEY["secret"] not in output


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda file: file.write_bytes(b"tampered"), "did NOT match"),
        (lambda file: file.unlink(), "error: 404"),
    ],
    ids=["tampered", "deleted"],
)
def test_another_model_ends_the_deploy_by_name(tmp_path: Path, published: Bucket, spoil: Any, said: str) -> None:
    """A task whose output is hidden fails without a reason; the next one has it."""
    spoil(published.directory / PATH / "model.onnx")
    code, output = fetch(tmp_path, published.said, "-vvvv")
    assert code != 0
    told = " ".join(output.split())
    assert "The model models/arrival-delay/1 did not come to app1 as the manifest says" in told
    assert "model.onnx" in told.rpartition("did not come")[2]
    assert said in told
    assert "X-Amz-" not in output


def test_a_store_whose_certificate_is_a_strangers_gets_no_question(
    tmp_path: Path, published: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CURL_CA_BUNDLE")
    code, output = fetch(tmp_path, published.said)
    assert code != 0
    assert "certificate" in output
    assert list((tmp_path / "staged/model").iterdir()) == []


def test_check_mode_fetches_nothing_and_refuses_nothing(tmp_path: Path, published: Bucket) -> None:
    code, output = fetch(tmp_path, published.said, "--check")
    assert code == 0, output
    assert list((tmp_path / "staged/model").iterdir()) == []

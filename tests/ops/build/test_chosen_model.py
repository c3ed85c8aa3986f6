"""MODEL=: today's service with a model that is brought, cached or of an earlier release. Nothing is trained for it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from infra.problems import SettingsError
from ops import files, processes
from ops.build import chosen, releases, wheel
from ops.build.models import ModelError
from ops.errors import OperationError
from tests.ops.toy import Toy
from tests.ops.toy_model import write


@pytest.fixture
def idle(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """What is refused is refused before anything is built or started. After `toy`, which builds in its own way."""

    def run(*words: object, **_: object) -> None:
        pytest.fail(f"{words} was run")

    monkeypatch.setattr(processes, "run", run)
    monkeypatch.setattr(wheel, "build", run)
    return toy


def refusal(toy: Toy, model: Path | str) -> str:
    before = releases.manifests(toy.environment)
    with pytest.raises((OperationError, SettingsError)) as caught:
        toy.make(model=model)
    assert releases.manifests(toy.environment) == before
    return str(caught.value)


def test_without_the_word_it_is_trained_as_ever(toy: Toy) -> None:
    assert toy.make()["model"]["version"] == "v1"
    assert (toy.trained, toy.told) == (1, [])


def test_a_directory_is_copied_and_nothing_is_trained(toy: Toy) -> None:
    brought = toy.model("v2")
    made = toy.make(model=brought)
    assert toy.trained == 0
    assert (made["model"]["version"], made["model"]["directory"]) == ("v2", str(toy.cached("v2")))
    shutil.rmtree(brought)
    for name, digest in made["model"]["files"].items():
        assert files.sha256(toy.cached("v2") / name) == digest, "a release stays what it is"
    assert files.sha256(Path(made["canary"]["path"])) == made["canary"]["sha256"]


def test_a_directory_may_be_named_from_here(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(toy.model("v2").parent)
    first = toy.make(model="v2-better")["id"]
    assert [toy.make(model=word)["id"] for word in ("./v2-better", "v2-better/")] == [first, first]


def test_the_same_parts_are_the_same_release_whichever_way_they_were_chosen(toy: Toy) -> None:
    """By training, by version, by the cache's own directory and by a copy of it."""
    trained = toy.make()
    copy = shutil.copytree(toy.cached("v1"), toy.directory / "copy")
    words = ("v1", "toy/v1", str(toy.cached("v1")), str(copy))
    assert [toy.make(model=word)["id"] for word in words] == [trained["id"]] * 4
    assert toy.make(model=toy.model("v2"))["id"] != trained["id"]
    assert toy.make(model="v2")["id"] == toy.make(model=toy.model("v2"))["id"]


@pytest.mark.usefixtures("idle")
def test_a_file_cut_short_is_named_before_anything_is_built(toy: Toy) -> None:
    brought = toy.model("v2")
    whole = files.sha256(brought / "model.onnx")
    os.truncate(brought / "model.onnx", 2)
    said = refusal(toy, brought)
    assert str(brought / "model.onnx") in said
    assert whole in said
    assert files.sha256(brought / "model.onnx") in said
    assert not toy.cached("v2").exists()


@pytest.mark.usefixtures("idle")
def test_a_path_without_a_model_is_told(toy: Toy) -> None:
    (toy.directory / "empty").mkdir()
    (toy.directory / "file").write_text("")
    assert "empty/card.json" in refusal(toy, toy.directory / "empty")
    assert "file is no directory" in refusal(toy, toy.directory / "file")
    assert "nowhere is not there" in refusal(toy, toy.directory / "nowhere")
    assert "is not there" in refusal(toy, "~nobody-of-that-name/model")


def test_another_content_under_a_version_of_the_cache_is_refused(toy: Toy) -> None:
    toy.make(model=toy.model("v2", "better"))
    said = refusal(toy, toy.model("v2", "other"))
    assert str(toy.cached("v2")) in said
    assert "A version names one content" in said


def test_another_content_under_a_version_of_an_earlier_release_is_refused(toy: Toy) -> None:
    first = toy.make(model=toy.model("v2", "better"))
    shutil.rmtree(toy.cached("v2"))
    assert f"the release {first['id']}" in refusal(toy, toy.model("v2", "other"))
    assert toy.make(model=toy.model("v2", "better"))["id"] == first["id"], "the same content comes back"


def test_a_model_without_a_canary_set_is_refused_unless_there_is_one_of_ones_own(toy: Toy) -> None:
    brought = toy.model("v2")
    digest = files.sha256(brought / "model.onnx")
    write(brought, "v2", "better", files={"model.onnx": digest})
    (brought / "canary.json").unlink()
    said = refusal(toy, brought)
    assert str(brought / "canary.json") in said
    assert "service_canary" in said
    own = toy.directory / "own.json"
    own.write_text('{"cases": [{"request": 3, "expected": 4}]}')
    toy.set(service_canary=str(own))
    made = toy.make(model=brought)
    assert made["canary"]["sha256"] == files.sha256(own)
    assert sorted(made["model"]["files"]) == ["card.json", "model.onnx"]


@pytest.mark.usefixtures("idle")
def test_a_canary_set_that_proves_nothing_is_refused(toy: Toy) -> None:
    brought = toy.model("v2")
    write(brought, "v2", "better", files={"model.onnx": files.sha256(brought / "model.onnx")})
    (brought / "canary.json").write_text('{"cases": []}')
    assert "no cases" in refusal(toy, brought)


def test_a_damaged_model_of_the_cache_is_refused(toy: Toy) -> None:
    write(toy.cached("v3"), "v3")
    os.truncate(toy.cached("v3") / "model.onnx", 1)
    said = refusal(toy, "v3")
    assert str(toy.cached("v3") / "model.onnx") in said
    assert "expected" in said


def test_a_model_of_an_earlier_release_may_have_its_files_in_the_bucket_alone(toy: Toy) -> None:
    """The publish step finds them there by their digests; what it lacks it says itself."""
    first = toy.make(model=toy.model("v2"))
    toy.make()
    shutil.rmtree(toy.cached("v2"))
    again = toy.make(model="v2")
    assert again["id"] == first["id"]
    assert again["model"] == first["model"], "the directory as recorded"
    assert files.sha256(Path(again["canary"]["path"])) == first["canary"]["sha256"]
    (told,) = toy.told
    assert "toy/v2" in told
    assert "needs them in the artifacts bucket" in told


def test_a_model_that_was_damaged_here_is_taken_as_its_release_has_it(toy: Toy) -> None:
    first = toy.make(model=toy.model("v2"))
    os.truncate(toy.cached("v2") / "model.onnx", 1)
    assert toy.make(model="toy/v2")["model"] == first["model"]
    assert "needs them in the artifacts bucket" in toy.told[0]


def test_an_earlier_model_whose_canary_set_is_gone_is_refused(toy: Toy) -> None:
    first = toy.make(model=toy.model("v2"))
    (toy.environment.state / "releases" / first["id"] / "canary.json").unlink()
    shutil.rmtree(toy.cached("v2"))
    assert "canary.json" in refusal(toy, "v2")


@pytest.mark.usefixtures("idle")
def test_an_unknown_version_lists_ten_of_those_that_there_are_newest_first(toy: Toy) -> None:
    for number in range(12):
        write(toy.cached(f"n{number}"), f"n{number}")
        os.utime(toy.cached(f"n{number}") / "card.json", (1e9 + number * 86400,) * 2)
    said = refusal(toy, "n99")
    listed = [line.split()[0] for line in said.splitlines() if line.strip().startswith("toy/")]
    assert listed == [f"toy/n{number}" for number in range(11, 1, -1)]
    assert "2001-09-2" in said, "when each was made"
    assert "and 2 older" in said


def test_the_list_says_where_each_is(toy: Toy) -> None:
    first = toy.make(model=toy.model("v2"))
    said = refusal(toy, "v9")
    assert f"cache, release {first['id']}" in said
    shutil.rmtree(toy.cached("v2"))
    (line,) = [line for line in refusal(toy, "v9").splitlines() if "toy/v2" in line]
    assert line.endswith(f"  release {first['id']}")
    assert "cache" not in line


@pytest.mark.usefixtures("idle")
def test_without_any_model_the_list_says_so(toy: Toy) -> None:
    said = refusal(toy, "v2")
    assert "There is none." in said
    assert "card.json" in said


def test_a_version_of_two_models_is_ambiguous(toy: Toy) -> None:
    toy.make(model=toy.model("v2"))
    write(toy.cached("v2").parents[1] / "other" / "v2", "v2", name="other")
    said = refusal(toy, "v2")
    assert "more than one model" in said
    assert "toy/v2" in said
    assert "other/v2" in said
    assert toy.make(model="other/v2")["model"]["name"] == "other"


@pytest.mark.usefixtures("idle")
def test_half_a_copy_that_a_killed_run_left_is_no_model(toy: Toy) -> None:
    write(toy.cached(".new-abc"), "v2")
    assert "There is none." in refusal(toy, ".new-abc")


@pytest.mark.usefixtures("idle")
def test_a_service_without_a_model_says_which_setting_allows_one(toy: Toy) -> None:
    toy.set(service_model="")
    said = refusal(toy, toy.model("v2"))
    assert "service_model: ''" in said
    assert "service_model: trained" in said


def test_a_service_that_is_given_its_model_needs_no_training_code(toy: Toy) -> None:
    shutil.rmtree(toy.source / "src/training")
    with pytest.raises(SettingsError, match="no src/training"):
        toy.make()
    assert toy.make(model=toy.model("v2"))["model"]["version"] == "v2"


def test_a_model_that_changes_between_look_and_copy_is_refused(toy: Toy) -> None:
    brought = toy.model("v2")
    parts = chosen.parts(toy.environment, "", str(brought), toy.told.append)
    (brought / "model.onnx").write_text("written to meanwhile")
    with pytest.raises(ModelError, match="a moment ago"):
        parts.jobs()["Model"](None)  # type: ignore[arg-type]  # it fails before it says anything

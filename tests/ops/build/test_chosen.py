"""VERSION=: a release that was built here before, as it was or with another model. Nothing is built for it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.problems import SettingsError
from ops import files, processes
from ops.build import releases, wheel
from ops.errors import OperationError
from tests.ops.toy import Toy
from tests.ops.toy_model import CANARY, write


@pytest.fixture
def first(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A release that was built, and not the last; from then on what is built or started fails the test."""
    made = toy.make()
    (toy.source / "src/toy/__init__.py").write_text("ANSWER = 43\n")
    toy.make(model="v1")

    def run(*words: object, **_: object) -> None:
        pytest.fail(f"{words} was run")

    monkeypatch.setattr(processes, "run", run)
    monkeypatch.setattr(wheel, "build", run)
    return made


def refusal(toy: Toy, version: str, model: str = "") -> str:
    before = (toy.environment.state / "release.json").read_text()
    with pytest.raises((OperationError, SettingsError)) as caught:
        toy.make(version, model)
    assert (toy.environment.state / "release.json").read_text() == before
    return str(caught.value)


def test_a_release_is_brought_back_by_its_id_or_what_begins_it_alone(toy: Toy, first: dict[str, Any]) -> None:
    for word in (first["id"], first["id"][:-2]):
        made = toy.make(word)
        assert made == first
        assert toy.told == []
        assert json.loads((toy.environment.state / "release.json").read_text()) == made


@pytest.mark.parametrize("suffix", ["-fb2488", "-fb"])
def test_the_id_that_hosts_show_is_taken_without_its_settings(toy: Toy, first: dict[str, Any], suffix: str) -> None:
    assert toy.make(first["id"] + suffix)["id"] == first["id"]
    (told,) = toy.told
    assert "today's settings apply" in told
    assert f"make rollback TO={first['id']}{suffix} ENV=one" in told


def test_the_sources_of_today_do_not_matter(toy: Toy, first: dict[str, Any]) -> None:
    """What is broken there may be why one goes back."""
    shutil.rmtree(toy.source)
    assert toy.make(first["id"])["id"] == first["id"]


def test_an_unclear_word_lists_the_releases_newest_first(toy: Toy, first: dict[str, Any]) -> None:
    for path in releases.manifests(toy.environment):
        os.utime(path, (1e9 if path.parent.name == first["id"] else 2e9,) * 2)
    for word, what in (("1.2.3", "more than one release"), ("9.9", "no release that was built here for 'one'")):
        said = refusal(toy, word)
        assert what in said
        listed = [line.split()[0] for line in said.splitlines() if line.startswith("  1.2.3-")]
        assert len(listed) == 2
        assert listed[1] == first["id"]
        assert "2033-05-1" in said
        assert "model toy/v1" in said
    assert "make rollback TO=9.9" in refusal(toy, "9.9")


@pytest.mark.parametrize("word", ["..", ".", "/", "*"])
def test_a_word_that_leads_elsewhere_is_unknown(toy: Toy, first: dict[str, Any], word: str) -> None:
    assert "is no release" in refusal(toy, word)
    assert first["id"] in refusal(toy, word)


def test_an_environment_without_releases_says_so(toy: Toy) -> None:
    with pytest.raises(OperationError, match="There is none"):
        toy.make("1.2.3")
    assert not toy.environment.state.exists(), "a refusal leaves nothing"


PARTS = {
    "wheel": ("service", "wheel", "wheel_sha256"),
    "lock": ("requirements", "path", "sha256"),
    "wheelhouse": ("wheelhouse", "archive", "archive_sha256"),
    "canary set": ("canary", "path", "sha256"),
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("damage", ["gone", "cut short"])
def test_a_part_that_is_not_here_as_built_is_named(toy: Toy, first: dict[str, Any], part: str, damage: str) -> None:
    outer, inner, digest = PARTS[part]
    path = Path(first[outer][inner])
    if damage == "gone":
        path.unlink()
    else:
        os.truncate(path, 1)
    said = refusal(toy, first["id"])
    found = "no such file" if damage == "gone" else files.sha256(path)
    assert f"its {part} {path}: expected {first[outer][digest]}, found {found}" in said
    assert "git checkout" in said
    assert "make deploy ENV=one" in said
    assert f"make rollback TO={first['id']} ENV=one" in said


def test_a_model_may_be_in_the_bucket_alone(toy: Toy, first: dict[str, Any]) -> None:
    shutil.rmtree(toy.cached("v1"))
    assert toy.make(first["id"]) == first
    assert "needs them in the artifacts bucket" in toy.told[0]


def test_a_manifest_that_was_changed_is_no_release(toy: Toy, first: dict[str, Any]) -> None:
    path = toy.environment.state / "releases" / first["id"] / "release.json"
    changed = first | {"service": first["service"] | {"wheel_sha256": "0" * 64}}
    for text in (json.dumps(changed), path.read_text()[:40], "[]"):
        path.write_text(text)
        assert "was cut short or changed" in refusal(toy, first["id"])


def test_settings_of_today_that_the_release_cannot_run_under_are_told(toy: Toy, first: dict[str, Any]) -> None:
    toy.set(service_asgi="other:app")
    assert "other:app, but toy-1.2.3-py2.py3-none-any.whl holds toy" in refusal(toy, first["id"])
    toy.set(service_model="")
    assert "the release has the model toy/v1" in refusal(toy, first["id"])


def test_a_release_for_another_python_is_not_brought(
    toy: Toy, first: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.build.chosen.PYTHON", "3.99")
    assert "it is for Python 3.13, and the hosts have 3.99" in refusal(toy, first["id"])


def test_with_another_model_it_is_another_release_of_the_same_service(toy: Toy, first: dict[str, Any]) -> None:
    made = toy.make(first["id"], str(toy.model("v2")))
    assert made["id"] != first["id"]
    assert made["service"] == first["service"]
    assert made["model"]["directory"] == str(toy.cached("v2"))
    assert made["requirements"]["sha256"] == first["requirements"]["sha256"]
    assert toy.make(made["id"]) == made, "it can be brought back as any other"
    assert toy.make(first["id"], "v1")["id"] == first["id"], "the same parts are the same release"


def test_both_words_are_the_release_that_building_makes(toy: Toy) -> None:
    toy.make()
    built = toy.make(model=toy.model("v2"))["id"]
    older = toy.make()["id"]
    assert toy.make(older, "v2")["id"] == built


def test_another_model_needs_nothing_of_the_releases_own(toy: Toy, first: dict[str, Any]) -> None:
    shutil.rmtree(toy.cached("v1"))
    Path(first["canary"]["path"]).unlink()
    made = toy.make(first["id"], str(toy.model("v2")))
    assert made["model"]["version"] == "v2"
    assert toy.told == []


def test_the_canary_set_of_today_holds_another_model(toy: Toy, first: dict[str, Any]) -> None:
    own = toy.directory / "own.json"
    own.write_text(CANARY + "\n")
    toy.set(service_canary=str(own))
    made = toy.make(first["id"], str(toy.model("v2")))
    assert made["canary"]["sha256"] == files.sha256(own)


def test_a_bad_model_is_refused_with_a_good_version(toy: Toy, first: dict[str, Any]) -> None:
    write(toy.cached("v3"), "v3")
    os.truncate(toy.cached("v3") / "model.onnx", 1)
    assert "model.onnx" in refusal(toy, first["id"], "v3")
    assert "is no model" in refusal(toy, first["id"], "v9")

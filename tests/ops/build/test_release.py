"""A release is named by what is in it: the same content is the same release, any other content another."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ops import files
from ops.build import release, wheelhouse
from ops.build.release import Builder
from ops.build.requirements import Pin
from ops.build.service import Service, ServiceError
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "predictor"
version = "1.2.3"
[tool.hatch.build.targets.wheel]
packages = ["src/predictor"]
"""
# Stands for service/src/training: the same command line, the same answer.
TRAINING = """\
import hashlib, json, sys
from pathlib import Path
out = Path(sys.argv[sys.argv.index("--out") + 1]) / "toy" / "v1"
out.mkdir(parents=True, exist_ok=True)
(out / "runs").open("a").write("x")
(out / "model.onnx").write_bytes(b"weights")
(out / "canary.json").write_text("{}")
print("fitting", file=sys.stderr)
digest = hashlib.sha256(b"weights").hexdigest()
print(json.dumps({"name": "toy", "version": "v1", "directory": str(out), "files": {"model.onnx": digest}}))
"""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source = tmp_path / "service"
    for name, text in {
        "pyproject.toml": PYPROJECT,
        "requirements.txt": "",
        "src/predictor/__init__.py": "ANSWER = 42\n",
        "src/training/__main__.py": TRAINING,
    }.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    archive = tmp_path / "wheelhouse.tar"
    archive.write_bytes(b"wheels")
    made = wheelhouse.Wheelhouse("0" * 16, archive, files.sha256(archive))
    monkeypatch.setattr(wheelhouse, "ensure", lambda *_: made)
    return source


def build(service: Path, cache: Path, **given: Any) -> dict[str, Any]:
    """The manifest of the package in `service`; its model is trained if there is code for that."""
    lock, trains = service / "requirements.txt", (service / "src/training").is_dir()
    pins = (Pin("uvicorn", "1.0", ("0" * 64,)),)
    known: dict[str, Any] = {
        "name": "toy",
        "source": service,
        "lock": lock,
        "asgi": "predictor:app",
        "trains": trains,
        "pins": pins,
    }
    builder = Builder(Service(**known | {"relock": "make lock"} | given), cache)
    with Steps(Console(file=io.StringIO())) as steps:
        steps.together(builder.jobs())
    return builder.manifest()


def test_the_same_sources_are_the_same_release_anywhere(service: Path, tmp_path: Path) -> None:
    first = build(service, tmp_path / "cache")
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(service, elsewhere, copy_function=shutil.copyfile)  # other times, other modes
    (elsewhere / "src" / "predictor" / "__pycache__").mkdir()
    (elsewhere / "src" / "predictor" / "__pycache__" / "x.pyc").write_bytes(b"1")
    second = build(elsewhere, tmp_path / "other-cache")
    assert first["id"] == second["id"]
    assert first["id"].startswith("1.2.3-")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a byte of the code": lambda service: (service / "src/predictor/__init__.py").write_text("ANSWER = 43\n"),
    "the lock": lambda service: (service / "requirements.txt").write_text("# other\n"),
    "the model's version": lambda service: (service / "src/training/__main__.py").write_text(
        TRAINING.replace("v1", "v2")
    ),
    "the model's content": lambda service: (service / "src/training/__main__.py").write_text(
        TRAINING.replace("weights", "lighter")
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_content_is_another_release(service: Path, tmp_path: Path, change: Callable[[Path], object]) -> None:
    before = build(service, tmp_path / "cache")["id"]
    change(service)
    assert build(service, tmp_path / "cache")["id"] != before


def test_the_manifest_names_files_that_have_its_digests(service: Path, tmp_path: Path, one: Environment) -> None:
    path = release.record(one, build(service, tmp_path / "cache"))
    said = json.loads(path.read_text())
    pairs = [
        (said["service"]["wheel"], said["service"]["wheel_sha256"]),
        (said["wheelhouse"]["archive"], said["wheelhouse"]["archive_sha256"]),
        (said["requirements"]["path"], said["requirements"]["sha256"]),
        (said["canary"]["path"], said["canary"]["sha256"]),
        *((f"{said['model']['directory']}/{name}", digest) for name, digest in said["model"]["files"].items()),
    ]
    assert [files.sha256(Path(name)) for name, _ in pairs] == [digest for _, digest in pairs]
    assert all(Path(name).is_absolute() for name, _ in pairs)
    assert said["python"] == "3.13"
    assert said["schema"] == 1
    kept = one.state / "releases" / said["id"] / "release.json"
    assert kept.read_text() == path.read_text(), "a release can be deployed again when another one was"
    assert kept.with_name("canary.json").exists(), "`status` shows a request of it, also when the cache is gone"


def test_two_environments_side_by_side_do_not_disturb_each_other(
    service: Path, tmp_path: Path, one: Environment, yours: Environment
) -> None:
    """Different services, one checkout and one cache."""
    first = build(service, tmp_path / "cache")
    release.record(one, first)
    (service / "src/predictor/__init__.py").write_text("ANSWER = 43\n")
    (service / "src/training/__main__.py").write_text(TRAINING.replace("v1", "v2"))
    release.record(yours, build(service, tmp_path / "cache", name="other"))
    said = json.loads((one.state / "release.json").read_text())
    assert said["id"] == first["id"]
    assert json.loads((yours.state / "release.json").read_text())["service"]["name"] == "other"
    assert files.sha256(Path(said["service"]["wheel"])) == said["service"]["wheel_sha256"]
    for name, digest in said["model"]["files"].items():
        assert files.sha256(Path(said["model"]["directory"]) / name) == digest


def test_a_wheel_that_was_damaged_in_the_cache_is_made_anew(service: Path, tmp_path: Path) -> None:
    wheel = Path(build(service, tmp_path / "cache")["service"]["wheel"])
    good = wheel.read_bytes()
    wheel.write_bytes(good[:-1])
    build(service, tmp_path / "cache")
    assert wheel.read_bytes() == good


def test_a_service_without_training_has_no_model(service: Path, tmp_path: Path) -> None:
    shutil.rmtree(service / "src" / "training")
    made = build(service, tmp_path / "cache")
    assert (made["model"], made["canary"]) == (None, None)


def test_a_canary_set_of_ones_own_belongs_to_the_release(service: Path, tmp_path: Path, one: Environment) -> None:
    before = build(service, tmp_path / "cache")["id"]
    own = tmp_path / "own.json"
    own.write_text('{"cases": [{"request": 1, "expected": 2}]}')
    made = build(service, tmp_path / "cache", canary=own)
    assert made["id"] != before, "a release that was held against another set is another one"
    release.record(one, made)
    assert (one.state / "releases" / made["id"] / "canary.json").read_text() == own.read_text()


def test_a_ready_made_wheel_is_taken_as_it_is(service: Path, tmp_path: Path) -> None:
    wheel = Path(build(service, tmp_path / "cache")["service"]["wheel"])
    given = {"source": wheel, "lock": service / "requirements.txt", "trains": False}
    made = build(service, tmp_path / "other-cache", **given)
    assert Path(made["service"]["wheel"]).read_bytes() == wheel.read_bytes()
    assert Path(made["service"]["wheel"]) != wheel, "a release stays what it was when the wheel is built again"


def test_an_application_that_is_not_in_the_built_wheel_is_no_release(service: Path, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"nothing:app, but predictor-1\.2\.3-.*\.whl holds predictor"):
        build(service, tmp_path / "cache", asgi="nothing:app")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("pyproject.toml", "[project", "can't be built"),
        ("src/training/__main__.py", "raise SystemExit('no data')", "no data"),
        ("src/training/__main__.py", "print('{}')", "can't be trained"),
    ],
)
def test_what_cannot_be_built_says_so(service: Path, tmp_path: Path, file: str, text: str, said: str) -> None:
    (service / file).write_text(text)
    with pytest.raises(OperationError) as caught:
        build(service, tmp_path / "cache")
    assert said in str(caught.value)
    assert "No release was built" in caught.value.consequence

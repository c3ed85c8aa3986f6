"""Which release VERSION= and MODEL= mean: one to build, or one that was built before, with its model or another."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.problems import Problem
from ops import files
from ops.build import chosen_model, release, releases, requirements, service, wheel_check
from ops.build.chosen_model import NOTHING
from ops.build.model import Model
from ops.build.release import Builder, Parts
from ops.build.releases import Recorded
from ops.build.service import Service, ServiceError
from ops.build.target import PYTHON
from ops.environment import Environment, cache_directory
from ops.errors import OperationError
from ops.steps import Step

# What a host shows: a manifest's id, and up to six digits of the settings' digest.
ON_HOSTS = re.compile(r"(.+-[0-9a-f]{8})-[0-9a-f]{0,6}")


class Reused:
    """An earlier release in a Builder's place. `given`: brings another model for it."""

    def __init__(self, manifest: dict[str, Any], own: Service, given: Callable[[], Model] | None = None) -> None:
        self.earlier, self.service, self.given = manifest, own, given
        self._model: Model | None = None

    def jobs(self) -> dict[str, Callable[[Step], None]]:
        return {} if self.given is None else {"Model": self.take_model}

    def take_model(self, step: Step) -> None:
        assert self.given is not None, "a model was given"
        self._model = self.given()
        step.note(f"{self._model.name} {self._model.version}")

    def manifest(self) -> dict[str, Any]:
        if self.given is None:
            return self.earlier
        assert self._model is not None, "take_model comes first"
        parts = {name: part for name, part in self.earlier.items() if name not in ("schema", "id")}
        canary = release.canary(self.service, self._model)
        return release.bound(parts | {"model": self._model.manifest(), "canary": canary})


def parts(environment: Environment, version: str, model: str, tell: Callable[[str], None]) -> Parts:
    """What the release is made of; with neither word today's service and model. `tell` gets what is to be known of it.

    Contacts nobody and changes nothing. Raises OperationError or SettingsError.
    """
    cache = cache_directory()
    if not version:
        own = service.of(environment, given=bool(model))
        return Builder(own, cache, chosen_model.of(environment, own, cache, model, tell) if model else None)
    own = service.built(environment)
    manifest = _release(environment, version, tell).manifest
    _runs(environment, manifest, own, with_model=bool(model))
    if model:
        return Reused(manifest, own, chosen_model.of(environment, own, cache, model, tell))
    if (made := manifest["model"]) is not None and chosen_model.lacking(Path(made["directory"]), made["files"]):
        tell(chosen_model.elsewhere(made))
    return Reused(manifest, own)


def _release(environment: Environment, word: str, tell: Callable[[str], None]) -> Recorded:
    there = releases.recorded(environment)
    shown = ON_HOSTS.fullmatch(word)
    wanted = shown[1] if shown and not any(one.id == word for one in there) else word
    matching = [one for one in there if one.id == wanted] or [one for one in there if one.id.startswith(wanted)]
    if len(matching) != 1:
        raise _unclear(environment, word, wanted, matching, there)
    if wanted != word:
        tell(
            f"{word} is taken as {wanted}: today's settings apply. "
            f"`make rollback TO={word} ENV={environment.name}` brings back its settings too."
        )
    return matching[0]


def _runs(environment: Environment, manifest: dict[str, Any], own: Service, *, with_model: bool) -> None:
    """Raises OperationError for what is not here as the manifest says, ServiceError for what can't run as set today."""
    held = [
        ("wheel", manifest["service"]["wheel"], manifest["service"]["wheel_sha256"]),
        ("lock", manifest["requirements"]["path"], manifest["requirements"]["sha256"]),
        ("wheelhouse", manifest["wheelhouse"]["archive"], manifest["wheelhouse"]["archive_sha256"]),
    ]
    if not with_model and manifest["canary"] is not None:
        held.append(("canary set", manifest["canary"]["path"], manifest["canary"]["sha256"]))
    wrong = [
        f"  its {what} {path}: expected {expected}, found {found}"
        for what, path, expected in held
        if (found := files.digest(Path(path))) != expected
    ]
    if manifest["python"] != PYTHON:
        wrong.append(f"  it is for Python {manifest['python']}, and the hosts have {PYTHON}")
    if wrong:
        raise OperationError(
            "\n".join([f"The release {manifest['id']} is not here as it was built:", *wrong]),
            NOTHING,
            _ways(environment, manifest["id"]),
        )
    problems = _refused(manifest, own)
    if problems:
        raise ServiceError(f"the release {manifest['id']}", problems)


def _refused(manifest: dict[str, Any], own: Service) -> list[Problem]:
    lock = Path(manifest["requirements"]["path"])
    pins, wrong = requirements.read(lock, own.relock)
    wheel = Path(manifest["service"]["wheel"])
    wrong += wheel_check.problems(wheel, own.asgi, lock, pins, own.relock)
    if manifest["model"] is not None and not own.trains:
        name = f"'', and the release has the model {manifest['model']['name']}/{manifest['model']['version']}"
        wrong.append(Problem("service_model", name, service.TRAINED, "write service_model: trained in group_vars"))
    return wrong


def _ways(environment: Environment, id_: str) -> str:
    return (
        f"git checkout the state that it was built from, and make deploy ENV={environment.name}\n"
        f"or, if the hosts still have it: make rollback TO={id_} ENV={environment.name}"
    )


def _unclear(
    environment: Environment, word: str, wanted: str, matching: list[Recorded], there: list[Recorded]
) -> OperationError:
    if not matching and wanted in {path.parent.name for path in releases.manifests(environment)}:
        damaged = releases.directory(environment) / wanted / "release.json"
        return OperationError(f"{damaged} was cut short or changed.", NOTHING, _ways(environment, wanted))
    rows = [(one.id, releases.when(one.at), _model(one)) for one in matching or there]
    what = "is more than one release" if matching else f"is no release that was built here for {environment.name!r}"
    if not rows:
        return OperationError(f"VERSION={word} {what}. There is none.", NOTHING, _ways(environment, word))
    return OperationError(
        f"VERSION={word} {what}. There are:\n{releases.table(rows)}",
        NOTHING,
        "VERSION=<id> of one of these" + ("" if matching else f"; or {_ways(environment, word)}"),
    )


def _model(one: Recorded) -> str:
    made = one.manifest["model"]
    return "no model" if made is None else f"model {made['name']}/{made['version']}"

"""A release: the service's wheel, its wheelhouse and a model, each pinned by its digest. Built once, here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ops import files
from ops.build import model, releases, wheel, wheelhouse
from ops.build.service import Service, ServiceError
from ops.build.target import PYTHON
from ops.environment import Environment, cache_directory
from ops.steps import Step


class Parts(Protocol):
    """What a release is made of: `jobs` (title -> what makes that part) come first, then `manifest` binds them."""

    def jobs(self) -> dict[str, Callable[[Step], None]]: ...

    def manifest(self) -> dict[str, Any]: ...


class Builder:
    """Builds the parts (each may run beside the others, see `jobs`), then `manifest` binds them together.

    `given`: brings a model, in place of today's training.
    """

    def __init__(
        self, service: Service, cache: Path | None = None, given: Callable[[], model.Model] | None = None
    ) -> None:
        self.service = service
        self.cache = cache or cache_directory()
        self.given = given
        self._wheel: wheel.Wheel | None = None
        self._wheelhouse: wheelhouse.Wheelhouse | None = None
        self._model: model.Model | None = None

    def jobs(self) -> dict[str, Callable[[Step], None]]:
        """Title -> what makes that part."""
        jobs: dict[str, Callable[[Step], None]] = {
            "Service's wheel": self.build_wheel,
            "Wheels it needs": self.fetch_wheelhouse,
        }
        if self.given is not None:
            jobs["Model"] = self.take_model
        elif self.service.trains:
            jobs["Model"] = self.train_model
        return jobs

    def build_wheel(self, step: Step) -> None:
        """Raises OperationError, or ServiceError for a wheel that can't be this service on a host."""
        source = self.service.source
        made = wheel.keep(source, self.cache) if self.service.is_wheel else wheel.build(source, self.cache)
        if wrong := list(self.service.problems(made.path)):
            raise ServiceError(source, wrong)
        self._wheel = made
        step.note(made.version)

    def fetch_wheelhouse(self, step: Step) -> None:
        self._wheelhouse = wheelhouse.ensure(self.service.lock, self.service.pins, self.cache, step.progress)

    def train_model(self, step: Step) -> None:
        self._model = model.ensure(self.service.source, self.cache, step.progress)
        step.note(f"{self._model.name} {self._model.version}")

    def take_model(self, step: Step) -> None:
        assert self.given is not None, "a model was given"
        self._model = self.given()
        step.note(f"{self._model.name} {self._model.version}")

    def manifest(self) -> dict[str, Any]:
        """What deploy.yml reads. Paths are absolute; `model` and `canary` are null for a service that has none."""
        assert self._wheel is not None, "build_wheel comes first"
        assert self._wheelhouse is not None, "fetch_wheelhouse comes first"
        return bound(
            {
                "service": {
                    "name": self.service.name,
                    "version": self._wheel.version,
                    "wheel": str(self._wheel.path),
                    "wheel_sha256": self._wheel.sha256,
                },
                "wheelhouse": {
                    "digest": self._wheelhouse.digest,
                    "archive": str(self._wheelhouse.archive),
                    "archive_sha256": self._wheelhouse.archive_sha256,
                },
                "requirements": {"path": str(self.service.lock), "sha256": files.sha256(self.service.lock)},
                "model": None if self._model is None else self._model.manifest(),
                "canary": canary(self.service, self._model),
                "python": PYTHON,
            }
        )


def canary(service: Service, brought: model.Model | None) -> dict[str, str] | None:
    """What a release must answer before it takes traffic: the user's own set, else the model's."""
    path = service.canary
    if path is None and brought is not None:
        path = brought.canary or brought.directory / model.CANARY
    return None if path is None else {"path": str(path), "sha256": files.sha256(path)}


def bound(parts: dict[str, Any]) -> dict[str, Any]:
    """The manifest of these parts. The same ones are the same release, whichever way they were chosen."""
    return {"schema": releases.SCHEMA, "id": releases.identity(parts), **parts}


def record(environment: Environment, manifest: dict[str, Any]) -> Path:
    """Writes the manifest, and makes it the one that deploy.yml deploys. Returns its path."""
    before = releases.current(environment)
    own = environment.make_state() / "releases" / manifest["id"]
    kept = dict(manifest)
    # Copied: a release stays what it was when the working tree goes on, or the cache is emptied.
    for part, name in (("requirements", "requirements.txt"), ("canary", "canary.json")):
        if manifest[part] is not None:
            files.write(own / name, Path(manifest[part]["path"]).read_bytes())
            kept[part] = manifest[part] | {"path": str(own / name)}
    text = json.dumps(kept, indent=2) + "\n"
    files.write(own / "release.json", text)
    current = environment.state / "release.json"
    files.write(current, text)
    # The one before it as well: if this one is refused, `deploy` puts that back.
    releases.prune(environment, {manifest["id"], before})
    return current

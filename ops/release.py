"""A release: the service's wheel, its wheelhouse and a model, each pinned by its digest. Built once, here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ops import files, model, wheel, wheelhouse
from ops.environment import ROOT, Environment, cache_directory
from ops.steps import Step


class Builder:
    """Builds the parts (each may run beside the others, see `jobs`), then `manifest` binds them together."""

    def __init__(self, service: Path = ROOT / "service", cache: Path | None = None) -> None:
        self.service = service
        self.requirements = service / "requirements.txt"
        self.cache = cache or cache_directory()
        self._wheel: wheel.Wheel | None = None
        self._wheelhouse: wheelhouse.Wheelhouse | None = None
        self._model: model.Trained | None = None

    def jobs(self) -> dict[str, Callable[[Step], None]]:
        """Title -> what makes that part."""
        return {
            "Service's wheel": self.build_wheel,
            "Wheels it needs": self.fetch_wheelhouse,
            "Model": self.train_model,
        }

    def build_wheel(self, step: Step) -> None:
        self._wheel = wheel.build(self.service, self.cache)
        step.note(self._wheel.version)

    def fetch_wheelhouse(self, step: Step) -> None:
        self._wheelhouse = wheelhouse.ensure(self.requirements, self.cache, step.progress)

    def train_model(self, step: Step) -> None:
        self._model = model.ensure(self.service, self.cache, step.progress)
        step.note(f"{self._model.name} {self._model.version}" if self._model else "none")

    def manifest(self) -> dict[str, Any]:
        """What deploy.yml reads. All paths are absolute; `model` is null for a service that has none."""
        assert self._wheel is not None, "build_wheel comes first"
        assert self._wheelhouse is not None, "fetch_wheelhouse comes first"
        lock = files.sha256(self.requirements)
        trained = self._model
        digests = [wheelhouse.PYTHON, self._wheel.sha256, self._wheelhouse.archive_sha256, lock]
        if trained is not None:
            digests += [
                trained.name,
                trained.version,
                *(trained.files[name] for name in sorted(trained.files)),
            ]
        return {
            "schema": 1,
            "id": f"{self._wheel.version}-{hashlib.sha256(chr(10).join(digests).encode()).hexdigest()[:8]}",
            "service": {
                "version": self._wheel.version,
                "wheel": str(self._wheel.path),
                "wheel_sha256": self._wheel.sha256,
            },
            "wheelhouse": {
                "digest": self._wheelhouse.digest,
                "archive": str(self._wheelhouse.archive),
                "archive_sha256": self._wheelhouse.archive_sha256,
            },
            "requirements": {"path": str(self.requirements), "sha256": lock},
            "model": None if trained is None else trained.manifest(),
            "python": wheelhouse.PYTHON,
        }


def record(environment: Environment, manifest: dict[str, Any]) -> Path:
    """Writes the manifest, and makes it the one that deploy.yml deploys. Returns its path."""
    releases = environment.make_state() / "releases"
    own = releases / manifest["id"]
    # Copied: a release stays what it was when the working tree goes on, or the cache is emptied.
    requirements = own / "requirements.txt"
    files.write(requirements, Path(manifest["requirements"]["path"]).read_bytes())
    if manifest["model"] is not None:
        files.write(own / "canary.json", (Path(manifest["model"]["directory"]) / "canary.json").read_bytes())
    kept = manifest | {"requirements": manifest["requirements"] | {"path": str(requirements)}}
    text = json.dumps(kept, indent=2) + "\n"
    files.write(own / "release.json", text)
    current = environment.state / "release.json"
    files.write(current, text)
    return current

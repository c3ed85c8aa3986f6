"""Which model MODEL= means: a directory, or one of the cache or of an earlier release by its version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ops import files
from ops.build import models, releases
from ops.build.model import CANARY, Model
from ops.build.service import Service, canary_problems
from ops.environment import Environment
from ops.errors import OperationError

NOTHING = "Nothing was built or contacted."


@dataclass
class Known:
    """A model that there is. `directory`: in the cache; `manifests`: of the releases that have it, newest first."""

    name: str
    version: str
    at: float
    directory: Path | None
    manifests: list[dict[str, Any]]

    @property
    def words(self) -> tuple[str, str]:
        return self.version, f"{self.name}/{self.version}"


def of(
    environment: Environment, service: Service, cache: Path, word: str, tell: Callable[[str], None]
) -> Callable[[], Model]:
    """What brings the model that `word` means; `tell` gets what is well only if the artifacts bucket has its files.

    Changes and contacts nothing. Raises OperationError, or ModelError for files that are not what their card says.
    """
    if not service.trains:
        raise OperationError(
            f"MODEL={word}: {service.name!r} is a service without a model (service_model: '').",
            NOTHING,
            f"Write `service_model: trained` into {environment.directory / 'group_vars'} if it takes one.",
        )
    there = known(environment, cache)
    path = _path(word)
    is_path = word.startswith(("/", "./", "../", "~")) or word in (".", "..") or word.endswith("/")
    if is_path or (path / models.CARD).is_file():
        return _given(path.resolve(), service, cache, there)
    matching = [one for one in there if word in one.words]
    if len(matching) != 1:
        raise _unclear(word, path, matching, there)
    found = _found(matching[0], service, tell)
    return lambda: found


def known(environment: Environment, cache: Path) -> list[Known]:
    """The models of the cache and of this environment's releases, newest first."""
    found: dict[tuple[str, str], Known] = {}
    for directory in models.cached(cache):
        key = (directory.parent.name, directory.name)
        found[key] = Known(*key, (directory / models.CARD).stat().st_mtime, directory, [])
    for one in releases.recorded(environment):
        if (made := one.manifest["model"]) is not None:
            key = (made["name"], made["version"])
            found.setdefault(key, Known(*key, one.at, None, [])).manifests.append(one.manifest)
    return sorted(found.values(), key=lambda one: one.at, reverse=True)


def lacking(directory: Path, listed: dict[str, str]) -> bool:
    """True if a model's files are not on this machine as a manifest lists them."""
    return any(files.digest(directory / name) != digest for name, digest in listed.items())


def elsewhere(model: dict[str, Any]) -> str:
    """What is to be told of a model of a manifest whose files are not here."""
    return (
        f"The files of the model {model['name']}/{model['version']} are not in {model['directory']} as its release "
        "has them; the deploy goes on, and needs them in the artifacts bucket."
    )


def _path(word: str) -> Path:
    try:
        return Path(word).expanduser()
    except RuntimeError:  # ~ of a user that there is not
        return Path(word)


def _given(directory: Path, service: Service, cache: Path, there: list[Known]) -> Callable[[], Model]:
    if not directory.is_dir():
        raise OperationError(
            f"MODEL={directory} is {'no directory' if directory.exists() else 'not there'}.",
            NOTHING,
            f"Name a directory with {models.CARD} and the files that it names, or the version of a model.",
        )
    found = models.read(directory)
    _canary(found, service)
    if models.refused(found, cache):
        raise models.taken(found, str(models.place(cache, found.name, found.version)))
    for one in [one for one in there if (one.name, one.version) == (found.name, found.version)]:
        for manifest in one.manifests:
            if manifest["model"]["files"] != found.files:
                raise models.taken(found, f"the release {manifest['id']}")
    return partial(models.keep, found, cache)


def _found(one: Known, service: Service, tell: Callable[[str], None]) -> Model:
    if one.directory is not None:
        try:
            return _canary(models.read(one.directory, one.words[1]), service)
        except models.ModelError:
            if not one.manifests:
                raise
    made = one.manifests[0]["model"]
    found = Model(made["name"], made["version"], Path(made["directory"]), made["files"])
    if lacking(found.directory, found.files):
        tell(elsewhere(made))
    wanted = found.files.get(CANARY)
    kept = [manifest["canary"]["path"] for manifest in one.manifests if manifest["canary"] is not None]
    for path in [found.directory / CANARY, *map(Path, kept)]:
        if wanted is not None and files.digest(path) == wanted:
            return _canary(replace(found, canary=path), service)
    return _canary(found, service)


def _canary(found: Model, service: Service) -> Model:
    """The model, if there is a canary set for it. Raises ModelError."""
    if service.canary is None:
        path = found.canary or found.directory / CANARY
        fix = f"write {path.name} beside the model, or let service_canary in group_vars name a set of your own"
        if wrong := list(canary_problems(str(path), path, fix)):
            raise models.ModelError(found.directory, wrong)
    return found


def _unclear(word: str, path: Path, matching: list[Known], there: list[Known]) -> OperationError:
    listed = matching or there
    rows = [(one.words[1], releases.when(one.at), _where(one)) for one in listed]
    what = "is more than one model" if matching else "is no model of the cache or of an earlier release"
    if not matching and path.is_dir():
        what += f", and the directory {path} has no {models.CARD}"
    return OperationError(
        f"MODEL={word} {what}. There {'are' if rows else 'is none'}{':' if rows else '.'}"
        + (f"\n{releases.table(rows)}" if rows else ""),
        NOTHING,
        "MODEL=<name>/<version> of one of these, or the directory of a model"
        if rows
        else f"Name a directory with {models.CARD} and the files that it names.",
    )


def _where(one: Known) -> str:
    sources = ["cache"] if one.directory is not None else []
    return ", ".join([*sources, *(["release " + one.manifests[0]["id"]] if one.manifests else [])])

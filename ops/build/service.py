"""Which service an environment runs: the variables of the role service, as far as the controller has to know them."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra import documents, variables
from infra.problems import Problem, SettingsError, shown
from infra.seen import mapping
from ops.build import requirements, wheel_check
from ops.build.requirements import Pin
from ops.environment import ROOT, Environment

DEFAULTS = Path("ansible/roles/service/defaults/main.yml")
TRAINED = "trained"
BACKEND = "hatchling.build"
TEXTS = ("service_name", "service_source", "service_requirements", "service_asgi", "service_model", "service_canary")


class ServiceError(SettingsError):
    """A service that can't be built."""

    what = "service"


@dataclass(frozen=True)
class Service:
    """`source`: a directory with pyproject.toml, or a wheel. `trains`: its own code makes the model, else it has none.
    `canary`: a canary set of the user's own. `pins`: what `lock` has the hosts install.
    """

    name: str
    source: Path
    lock: Path
    asgi: str
    trains: bool
    relock: str  # the command that makes its lock
    canary: Path | None = None
    pins: tuple[Pin, ...] = ()

    @property
    def is_wheel(self) -> bool:
        return self.source.suffix == ".whl"

    def problems(self, wheel: Path) -> Iterator[Problem]:
        """Everything that would keep `wheel` from being this service on a host."""
        return wheel_check.problems(wheel, self.asgi, self.lock, self.pins, self.relock)


def of(environment: Environment, root: Path = ROOT, *, given: bool = False) -> Service:
    """The service that the environment's variables describe. Raises ServiceError with all that is wrong with it.

    `given`: its model comes from elsewhere, so its source needs no training code.
    """
    made = described(environment, root, given=given)
    pins, wrong = requirements.read(made.lock, made.relock)
    made = replace(made, pins=tuple(pins))
    if made.is_wheel and not wrong:
        wrong = list(made.problems(made.source))
    if wrong:
        raise ServiceError(environment.directory / "group_vars", wrong)
    return made


def described(environment: Environment, root: Path = ROOT, *, given: bool = False) -> Service:
    """The same before its lock is read. Raises ServiceError."""
    made = _as_set(environment, root)
    if wrong := [*_source(made), *([] if given else _model(made)), *_canary(made)]:
        raise ServiceError(environment.directory / "group_vars", wrong)
    return made


def built(environment: Environment, root: Path = ROOT) -> Service:
    """The same for a release that is built already: nothing of today's sources is looked at. Raises ServiceError."""
    made = _as_set(environment, root)
    if wrong := list(_canary(made)):
        raise ServiceError(environment.directory / "group_vars", wrong)
    return made


def _as_set(environment: Environment, root: Path) -> Service:
    """As the variables have it. Raises ServiceError for those that can't be read."""
    given = settings(environment, root)
    if wrong := list(_unreadable(given)):
        raise ServiceError(environment.directory / "group_vars", wrong)
    source = _path(root, given["service_source"])
    beside = (source.parent if source.suffix == ".whl" else source) / "requirements.txt"
    named = environment.name if environment.directory.parent == root / "stacks" else environment.directory
    return Service(
        name=given["service_name"],
        source=source,
        lock=_path(root, given["service_requirements"]) if given["service_requirements"] else beside,
        asgi=given["service_asgi"],
        trains=given["service_model"] == TRAINED,
        relock=f"make lock ENV={named}",
        canary=_path(root, given["service_canary"]) if given["service_canary"] else None,
    )


def settings(environment: Environment, root: Path = ROOT) -> dict[str, Any]:
    """The role's defaults with the environment's own values over them, untemplated."""
    return {**mapping(documents.read(root / DEFAULTS, SettingsError)), **variables.read(environment.directory)}


def _unreadable(given: dict[str, Any]) -> Iterator[Problem]:
    for name in TEXTS:
        value = given.get(name)
        if not isinstance(value, str) or "{{" in value or "\n" in value:
            fix = "write it as it is: the controller reads it before Ansible could fill in a template"
            yield Problem(name, shown(value), "a plain text", fix)
    if isinstance(asgi := given.get("service_asgi"), str) and not wheel_check.ASGI.fullmatch(asgi):
        yield Problem("service_asgi", shown(asgi), "module:attribute, such as hello:app", "correct it in group_vars")
    if given.get("service_model") not in (TRAINED, ""):
        fix = "write '' for a service without a model"
        yield Problem("service_model", shown(given.get("service_model")), f"{TRAINED} or ''", fix)


def _source(service: Service) -> Iterator[Problem]:
    wanted = "a directory with pyproject.toml, or a wheel; relative to the repository, or absolute"
    source, project = service.source, service.source / "pyproject.toml"
    if service.is_wheel and source.is_file():
        return
    if not source.is_dir():
        yield Problem("service_source", f"{source}, which is not there", wanted, "correct it in group_vars")
    elif not project.is_file():
        fix = f"write {project}; examples/hello/pyproject.toml is a short one"
        yield Problem("service_source", f"{source}, which has no pyproject.toml", wanted, fix)
    else:
        try:
            backend = tomllib.loads(project.read_text()).get("build-system", {}).get("build-backend", "setuptools")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            yield Problem(str(project), str(error), "TOML", "correct the file there")
            return
        if backend != BACKEND:
            # Any other would be fetched from the index unlocked, and run here.
            fix = f"cd {source} && uv build --wheel, then let service_source name the wheel in dist/"
            yield Problem(str(project), f"build-backend {backend}", f"{BACKEND}, the one that is locked here", fix)


def _model(service: Service) -> Iterator[Problem]:
    if service.trains and not (service.source / "src" / "training").is_dir():
        fix = "write service_model: '' in group_vars, if the service has no model"
        yield Problem("service_model", f"{TRAINED}, but {service.source} has no src/training", "training code", fix)


def _canary(service: Service) -> Iterator[Problem]:
    if service.canary is not None:
        fix = "correct the file, or service_canary in group_vars"
        yield from canary_problems("service_canary", service.canary, fix)


def canary_problems(where: str, canary: Path, fix: str) -> Iterator[Problem]:
    """What keeps a file from being a canary set that proves anything; told of `where`."""
    wanted = '{"cases": [{"request": ..., "expected": ...}]}'
    try:
        cases = json.loads(canary.read_bytes())["cases"]
        bad = [
            number
            for number, case in enumerate(cases, 1)
            if "request" not in case or not set(case) - {"request", "why"}
        ]
        found = f"case {bad[0]} without request or expected" if bad else "" if cases else "no cases"
    except (OSError, ValueError, LookupError, TypeError) as error:
        found = f"{canary}: {type(error).__name__}: {error}"
    if found:
        yield Problem(where, found, wanted, fix)


def _path(root: Path, text: str) -> Path:
    return (root / Path(text).expanduser()).resolve()


def main(words: list[str]) -> int:
    """`python -m ops.build.service ENV` prints the group of locks that its release needs beside `base`, if any."""
    try:
        trains = settings(Environment.resolve(words[0])).get("service_model") == TRAINED
    except Exception:  # noqa: BLE001 - what is wrong is told by the verb that follows
        trains = False
    print("train" if trains else "")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

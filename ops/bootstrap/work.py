"""`bootstrap`: looks, shows what it would make, asks, makes it.

Each cloud has a `parts.py` with the same names: `enter`, `where`, `parts`, `ERRORS`, `WAIT`, `soon`, `why`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from infra.settings import Settings
from ops import consent, lock, processes, stacks
from ops.bootstrap.change import Change
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps

PAUSE = 1.5  # seconds between two tries

Answer = TypeVar("Answer")


def run(name: str, given: bool, steps: Callable[[], Steps], directory: Path = stacks.STACKS) -> str:
    """Returns in sentences what is there now. `steps` makes a list of steps: one before the question, one after.

    Raises OperationError or SettingsError; what was made till then stays, and another run goes on from it.
    """
    path = stacks.file(name, directory)
    settings = Settings.load(path)
    # One cloud's SDK takes a second to import: the other one's is left alone.
    cloud = import_module(f"ops.bootstrap.{settings.cloud}.parts")
    environment = Environment(name, directory / name, directory.parent / ".shoestring" / name)
    with lock.held(environment, "bootstrap"):
        account, parts = _look(cloud, settings, path, steps)
        if not any(parts.values()):
            return f"Everything is there, and was left as it is.\n{_next(account, settings)}"
        sys.stdout.write(_told(cloud, account, parts) + "\n")
        if not given:
            again = f"make bootstrap ENV={name} YES=1"
            consent.ask("make it", "Nothing was made and nothing was changed.", again)
        made: list[str] = []
        with steps() as list_of, _in_words(cloud, settings, made, account):
            for title, changes in _settled(cloud, account, settings, path, parts):
                if changes:
                    with list_of.step(title) as step:
                        for change in changes:
                            step.progress(change.says)
                            _patiently(cloud, change.call)
                            made.append(change.says)
                        step.note(f"{len(changes)} made")
    return _next(account, settings)


def _look(
    cloud: ModuleType, settings: Settings, path: Path, steps: Callable[[], Steps]
) -> tuple[Any, dict[str, list[Change]]]:
    with steps() as list_of, list_of.step(cloud.TITLE) as step:
        with _in_words(cloud, settings, [], None):
            account = cloud.enter(settings, path)
        step.note(cloud.where(account))
        with _in_words(cloud, settings, [], account):
            return account, {title: list(look()) for title, look in cloud.parts(account, settings, path).items()}


def _settled(
    cloud: ModuleType, account: Any, settings: Settings, path: Path, found: dict[str, list[Change]]
) -> Iterator[tuple[str, list[Change]]]:
    """Each part's changes, when its turn comes. What could not be seen before the first part is looked at now."""
    for title, look in cloud.parts(account, settings, path).items():
        yield title, _patiently(cloud, partial(_listed, look)) if account.blind else found[title]


def _listed(look: Callable[[], Iterator[Change]]) -> list[Change]:
    return list(look())


@contextmanager
def _in_words(cloud: ModuleType, settings: Settings, made: list[str], account: Any) -> Iterator[None]:
    again = f"Then again: make bootstrap ENV={settings.environment}, which goes on from there."
    so = "It stopped there. Made by this run, and kept:\n"
    try:
        yield
    except OperationError as error:
        if not made:
            raise
        kept = so + "\n".join(f"- {each}" for each in made)
        raise OperationError(error.cause, kept, f"{error.fix}\n{again}") from None
    except cloud.ERRORS as error:
        cause, fix = cloud.why(error, settings, account)
        kept = so + "\n".join(f"- {each}" for each in made) if made else "Nothing was changed."
        raise OperationError(cause, kept, f"{fix}\n{again}") from None


def _patiently(cloud: ModuleType, call: Callable[[], Answer]) -> Answer:
    for _ in range(int(cloud.WAIT / PAUSE) - 1):
        try:
            return call()
        except cloud.ERRORS as error:
            if not cloud.soon(error):
                raise
            processes.pause(PAUSE)
    return call()


def _told(cloud: ModuleType, account: Any, parts: dict[str, list[Change]]) -> str:
    lines = [
        f"\nIn {cloud.where(account)}.",
        "Shared by the environments there, owned by none of them; only what is missing:",
    ]
    lines += [f"  {title:<11} {change.says}" for title, changes in parts.items() for change in changes]
    return "\n".join(lines)


def _next(account: Any, settings: Settings) -> str:
    name, backend = settings.environment, account.shared.backend
    state = backend.partition("?")[0]
    lines = [f"The state of {name!r} is in {state}. Commit stacks/Pulumi.{name}.yaml, which says so."]
    if settings.repository:
        lines.append(
            f"GitHub: {settings.repository} may plan by its pull requests. To deploy it needs the environment {name!r} "
            f"there, protected: docs/{settings.cloud}.md has the command."
        )
    else:
        lines.append(
            "GitHub gets no access: the file names no repository. To let one plan and deploy, add\n"
            "  shoestring:repository: <owner>/<name>\n"
            "and run this again."
        )
    lines.append(f"With plain pulumi: export PULUMI_BACKEND_URL='{backend}'")
    lines.append(f"Then: make plan ENV={name}, make up ENV={name}")
    return "\n".join(lines)

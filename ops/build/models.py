"""Models as directories of files: card.json names the others with their digests.

The cache has them in models/<name>/<version>/, complete or not there.
"""

from __future__ import annotations

import fcntl
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.problems import Problem, SettingsError, shown
from ops import files
from ops.build.model import CANARY, Model
from ops.errors import OperationError

CARD = "card.json"
# Each becomes a part of a path, of a URL and of a command on hosts.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
DIGEST = re.compile(r"[0-9a-f]{64}")
ANEW = "bring the model anew from where it was made: this file was cut short or changed since"


class ModelError(SettingsError):
    """A model that can't be taken."""

    what = "model"


def read(directory: Path, called: str | None = None) -> Model:
    """The model in `directory`, with every file that its card names held against it; others are left out.

    `called`: the name/version that it must have. Raises ModelError with all that is wrong.
    """
    card, wrong = _card(directory / CARD)
    if not wrong and called not in (None, f"{card['name']}/{card['version']}"):
        fix = "remove the directory, and give the model again by the directory that it came from"
        wrong = [Problem(str(directory / CARD), f"{card['name']}/{card['version']}", str(called), fix)]
    if wrong:
        raise ModelError(directory, wrong)
    found = {CARD: files.sha256(directory / CARD)}
    for name, expected in sorted(card["files"].items()):
        found[name] = files.digest(directory / name)
        if found[name] != expected:
            wrong.append(Problem(str(directory / name), found[name], f"{expected}, by {CARD}", ANEW))
    if wrong:
        raise ModelError(directory, wrong)
    if (directory / CANARY).is_file():  # a card need not name it
        found[CANARY] = files.digest(directory / CANARY)
    return Model(card["name"], card["version"], directory, found)


def place(cache: Path, name: str, version: str) -> Path:
    """Where the cache has a model."""
    return cache / "models" / name / version


def cached(cache: Path) -> Iterator[Path]:
    """The directories of the models in the cache, whole or not."""
    for card in (cache / "models").glob(f"*/*/{CARD}"):
        if not card.parent.name.startswith("."):  # one that is being written
            yield card.parent


def keep(given: Model, cache: Path) -> Model:
    """Copies a model into the cache, complete or not there. Raises ModelError or OperationError.

    Another one of the same name and version stays, and is an error; what is left of a damaged one is replaced.
    """
    target = place(cache, given.name, given.version)
    try:
        with _locked(cache / "models"):
            if refused(given, cache):
                raise taken(given, str(target))
            if not _has(target, given):
                _copy(given, target)
    except OSError as error:
        raise OperationError(
            f"The model in {given.directory} can't be copied to {target}: {error.strerror or error}.",
            "No release was built; what runs goes on as it is.",
            "Make room there, or let XDG_CACHE_HOME name another place; then run this again.",
        ) from None
    return Model(given.name, given.version, target, given.files)


def refused(given: Model, cache: Path) -> bool:
    """True if the cache has another content of that name and version."""
    target = place(cache, given.name, given.version)
    try:
        return read(target).files != given.files
    except ModelError:
        # What is damaged is known by its card: whoever trained or brought it meant that content.
        return not _card(target / CARD)[1] and files.digest(target / CARD) != given.files[CARD]


def taken(given: Model, by: str) -> OperationError:
    """The error for a version that is another content already."""
    return OperationError(
        f"{given.directory} is {given.name}/{given.version}, and {by} has another content of that name and version.",
        "A version names one content, so nothing was built or contacted.",
        f"Give it a version of its own: write it into {given.directory / CARD}",
    )


def _has(target: Path, given: Model) -> bool:
    return all(files.digest(target / name) == expected for name, expected in given.files.items())


def _copy(given: Model, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as scratch:
        staged = Path(scratch) / "model"
        staged.mkdir()
        for name in given.files:
            shutil.copyfile(given.directory / name, staged / name)
        # It may have been written to since it was read.
        if wrong := [
            Problem(str(given.directory / name), found, f"{expected}, as it was a moment ago", ANEW)
            for name, expected in given.files.items()
            if (found := files.digest(staged / name)) != expected
        ]:
            raise ModelError(given.directory, wrong)
        if target.exists():
            shutil.rmtree(target)
        staged.rename(target)


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """The lock that training takes for the same directory."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _card(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    """A model's card, and all that is wrong with it."""
    fix = f"write it as service/src/training does: name, version, files: {{name: sha256}} of all but {CARD} itself"
    try:
        card = json.loads(path.read_bytes())
        if not isinstance(card, dict):
            raise TypeError(f"no object, but {shown(card)}")
    except (OSError, ValueError, TypeError) as error:
        found = str(getattr(error, "strerror", None) or error)
        return {}, [Problem(str(path), found, "a model's card", fix)]
    wrong = []
    for key in ("name", "version"):
        if not isinstance(card.get(key), str) or not NAME.fullmatch(card[key]):
            expected = "a text of letters, digits, '.', '_' and '-', 100 at most"
            wrong.append(Problem(f"{path}: {key}", shown(card.get(key)), expected, fix))
    listed = card.get("files")
    if not isinstance(listed, dict) or not listed:
        return card, [*wrong, Problem(f"{path}: files", shown(listed), "{name: sha256}", fix)]
    for name, value in listed.items():
        if not NAME.fullmatch(name) or name == CARD:
            expected = "the name of a file beside the card, of letters, digits, '.', '_' and '-'"
            wrong.append(Problem(f"{path}: files", shown(name), expected, fix))
        elif not isinstance(value, str) or not DIGEST.fullmatch(value):
            wrong.append(Problem(f"{path}: files.{name}", shown(value), "a SHA-256, 64 digits and a-f", fix))
    return card, wrong

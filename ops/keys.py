"""Named API keys: kept in the vault, known to the proxy, shown once. What is added or revoked is proven at the door."""

from __future__ import annotations

import hashlib
import re
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra import api_keys
from infra.footprint import Footprint
from ops import door, files, lock, playbook, processes, vault
from ops.environment import Environment
from ops.errors import OperationError
from ops.look import status
from ops.secrets import ensure_vault
from ops.steps import Steps

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
WAIT = 20.0  # seconds for the door to follow; a reload takes one
PAUSE = 0.2
IN_A_ROW = 3  # answers in agreement: during a reload the old process may still take a connection
LEAVING = "being revoked"


@dataclass(frozen=True)
class Key:
    """What may be shown of a key. `created` is null for one that is older than this record; `fingerprint`: the first
    12 hex digits of its SHA-256; `state`: valid or being revoked.
    """

    name: str
    created: str | None
    fingerprint: str
    state: str


def listed(environment: Environment) -> list[Key]:
    """The environment's keys, by name."""
    entries = _open(environment)[0][api_keys.VARIABLE]
    valid = api_keys.valid(entries)
    return [_shown(name, entries[name], name in valid) for name in sorted(entries)]


def add(environment: Environment, name: str, steps: Steps) -> Path:
    """Makes a key that the proxy takes. Returns a file (0600) that holds it; beside it <file>.header, for curl.

    Raises OperationError; then there is no new key.
    """
    if not NAME.fullmatch(name):
        raise OperationError(
            f"{name!r} can't name a key.",
            "No key was added.",
            "make key-add NAME=ada: small letters, digits and '-', 40 at most, a letter or digit first",
        )
    footprint = environment.check()
    with lock.held(environment, "key-add"):
        variables, opener = _open(environment)
        entries = variables[api_keys.VARIABLE]
        if name in entries:
            raise OperationError(
                f"There is a key named {name!r} already; it is shown only once, when it is made.",
                "No key was added.",
                f"Choose another name; or make key-revoke NAME={name}, and then add it again.",
            )
        made = secrets.token_urlsafe(32)
        more = {**entries, name: {"key": made, "created": now()}}
        try:
            vault.write(environment.vault, variables | {api_keys.VARIABLE: more}, opener)
            apply(environment, steps)
            prove(environment, footprint, made, lambda code: code not in (0, 401), f"take {name!r}", steps)
        except BaseException:
            # Nobody has seen it. What the proxy may have of it goes with its next configuration.
            vault.write(environment.vault, variables, opener)
            raise
        path = file_of(environment, name)
        files.write(path, made, 0o600)
        files.write(path.with_name(f"{name}.header"), f"Authorization: Bearer {made}\n", 0o600)
    return path


def revoke(environment: Environment, name: str, steps: Steps) -> str | None:
    """Has the proxy refuse the key; only then is it forgotten, so that a run that broke off can be made again.

    Returns the name of the key that `status` and `verify` ask with now, if that changed. Raises OperationError.
    """
    footprint = environment.check()
    with lock.held(environment, "key-revoke"):
        variables, opener = _open(environment)
        entries = variables[api_keys.VARIABLE]
        if name not in entries:
            raise OperationError(
                f"There is no key named {name!r}. There are: {', '.join(sorted(entries))}.",
                "No key was revoked.",
                "make keys lists them with their fingerprints",
            )
        if not api_keys.valid({**entries, name: {"revoked": ""}}):
            raise OperationError(
                f"{name!r} is the only key.",
                "It was not revoked: nobody could ask the service, and neither could `status` and `verify`.",
                f"make key-add NAME=<another>, then make key-revoke NAME={name}",
            )
        gone = api_keys.key(entries[name])
        before = api_keys.own(entries)
        marked = {**entries, name: {**_record(entries[name]), "revoked": now()}}
        vault.write(environment.vault, variables | {api_keys.VARIABLE: marked}, opener)
        ensure_vault(environment)  # status and verify ask with a key that stays
        try:
            apply(environment, steps)
            prove(environment, footprint, gone, refused, f"refuse {name!r}", steps)
        except OperationError as error:
            again = f"{error.fix}\nThen finish it: make key-revoke NAME={name}"
            told = f"{error.consequence} The key is marked as revoked, but the door may still take it."
            raise OperationError(error.cause, told, again, error.log) from None
        left = {key: entry for key, entry in marked.items() if key != name}
        vault.write(environment.vault, variables | {api_keys.VARIABLE: left}, opener)
        forget(environment, name)
        asking = api_keys.own(left)
    return asking if asking != before else None


def forget(environment: Environment, name: str) -> None:
    """Removes the files in which a key was handed out here."""
    path = file_of(environment, name)
    for each in (path, path.with_name(f"{name}.header")):
        each.unlink(missing_ok=True)


def file_of(environment: Environment, name: str) -> Path:
    """In which a key is handed out; beside it <file>.header, for curl."""
    return environment.make_state() / "keys" / name


def _open(environment: Environment) -> tuple[dict[str, Any], bytes]:
    """The vault's variables and its key. Raises OperationError."""
    ensure_vault(environment)
    opener = vault.key()
    return vault.read(environment.vault, opener), opener


def _record(entry: Any) -> dict[str, Any]:
    return dict(entry) if isinstance(entry, dict) else {"key": entry}


def _shown(name: str, entry: Any, valid: bool) -> Key:
    digest = hashlib.sha256(api_keys.key(entry).encode()).hexdigest()
    return Key(name, _record(entry).get("created"), digest[:12], "valid" if valid else LEAVING)


def now() -> str:
    """As the vault records when a key was made."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


def refused(code: int) -> bool:
    return code == 401


def apply(environment: Environment, steps: Steps) -> None:
    """Has the proxy know the vault's keys. Raises OperationError."""
    with steps.step("Proxy") as step:
        playbook.run(environment, "site", step, options=("--limit", "proxy", "--tags", "proxy"))


def prove(
    environment: Environment, footprint: Footprint, key: str, right: Callable[[int], bool], what: str, steps: Steps
) -> None:
    """Asks the public door with `key`, each time on a new connection, until it is `right`. Raises OperationError."""
    url = status.url_of(footprint) + "/"
    with steps.step("Door") as step, _infile_of(environment, key) as path:
        agreed, answer = 0, door.Answer(0, {}, "")
        for _ in range(int(WAIT / PAUSE)):
            answer = door.get(url, status.ca_of(environment, footprint), path)
            agreed = agreed + 1 if right(answer.code) else 0
            if agreed == IN_A_ROW:
                step.note(f"answers {answer.code}")
                return
            processes.pause(PAUSE)
    raise OperationError(
        f"The public door does not {what}: {url} answers {answer.code or answer.text}.",
        "What was asked for is not done.",
        "make status says whether the door can be reached from here",
    )


@contextmanager
def _infile_of(environment: Environment, key: str) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", dir=environment.make_state(), prefix=".key-") as file:  # mode 0600
        file.write(key)
        file.flush()
        yield Path(file.name)

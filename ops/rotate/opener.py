"""The vault key: a new one, and every vault that the old one opens encrypted by it. No host is asked.

The new key lies beside the old one until all vaults are written. Killed in between, some open by one and some by the
other; the same command goes on.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from pathlib import Path

from ops import files, vault
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Step

NAME = "vault-key"
ELSEWHERE = ("SHOESTRING_VAULT_KEY", "SHOESTRING_VAULT_KEY_COMMAND")


def lacks() -> str:
    """Why it can't be changed from here, or ''."""
    # The order of ansible/vault-key: a named file comes before the command.
    named = "SHOESTRING_VAULT_KEY_FILE" in os.environ
    for variable in ELSEWHERE if not named else ELSEWHERE[:1]:
        if variable in os.environ:
            return f"{variable} gives the vault key, and what is behind it Shoestring can't write"
    return ""


def place() -> Path:
    """The file that holds the key."""
    return Path(subprocess.check_output([vault.KEY_SCRIPT, "--path"], text=True).strip())


def under_way() -> bool:
    """True if a rotation was begun and did not come to its end."""
    return _next(place()).is_file()


def opened(environment: Environment) -> list[Path]:
    """The vaults that the key opens, or the next one: of this environment, those beside it and the repository."""
    keys = [path.read_text().strip().encode() for path in (place(), _next(place())) if path.is_file()]
    return [path for path in _vaults(environment) if any(_opens(path, key) for key in keys)]


def rotate(environment: Environment, step: Step) -> None:
    """Raises OperationError if the old key still opens one of them."""
    path = place()
    ahead = _next(path)
    old = vault.key()
    if not ahead.is_file():
        files.write(ahead, secrets.token_urlsafe(32) + "\n", 0o600)
    new = ahead.read_text().strip().encode()
    mine = opened(environment)
    for each in mine:
        if not _opens(each, new):
            vault.write(each, vault.read(each, old), new)
    if left := [each for each in mine if not _opens(each, new) or (old != new and _opens(each, old))]:
        raise OperationError(
            f"{left[0]} is not encrypted by the new vault key.",
            f"The old key is still in force at {path}.",
            "make rotate SECRET=vault-key",
        )
    ahead.replace(path)
    step.note(f"the old one opens none of {len(mine)}")


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")


def _vaults(environment: Environment) -> list[Path]:
    stacks = {environment.directory.parent, environment.root / "stacks"}
    return sorted({path.resolve() for one in stacks for path in one.glob("*/group_vars/all/vault.yml")})


def _opens(path: Path, key: bytes) -> bool:
    try:
        vault.read(path, key)
    except OperationError:
        return False
    return True

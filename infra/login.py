"""The key that Ansible logs in with: its public half stands beside the environment's vault, which holds the other."""

from __future__ import annotations

from pathlib import Path

from infra.problems import WHOLE_FILE, Problem, SettingsError
from infra.trust import LOGIN_KEY_TYPES
from infra.trust import public_key as whole

STACKS = Path(__file__).resolve().parent.parent / "stacks"
FILE = "deploy.pub"
STAND_IN = "ssh-ed25519 (the key that `make up` writes)"


def public_key(environment: str, stacks: Path | None = None) -> str | None:
    """`type base64` from stacks/<environment>/deploy.pub, which `make up` writes; None before it has.

    Raises PydanticCustomError if the file holds something else.
    """
    path = (stacks or STACKS) / environment / FILE
    return whole(path.read_text(), LOGIN_KEY_TYPES) if path.is_file() else None


def stand_in(environment: str, preview: bool) -> str:
    """What stands for the key where there is none yet, which only a preview can do with. Else raises SettingsError."""
    if preview:
        return STAND_IN
    path = Path("stacks", environment, FILE)
    found = "no such file, and machines that nobody could log in to"
    fix = f"`make up ENV={environment}` writes it; or write the public key there that you log in with"
    raise SettingsError(path, [Problem(WHOLE_FILE, found, "the public key that Ansible logs in with", fix)])

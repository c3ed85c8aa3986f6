"""The key that Ansible logs in with: its public half stands beside the environment's vault, which holds the other."""

from __future__ import annotations

from pathlib import Path

from infra.trust import LOGIN_KEY_TYPES
from infra.trust import public_key as whole

STACKS = Path(__file__).resolve().parent.parent / "stacks"
FILE = "deploy.pub"


def public_key(environment: str, stacks: Path = STACKS) -> str | None:
    """`type base64` from stacks/<environment>/deploy.pub, which `make up` writes; None before it has.

    Raises PydanticCustomError if the file holds something else.
    """
    path = stacks / environment / FILE
    return whole(path.read_text(), LOGIN_KEY_TYPES) if path.is_file() else None

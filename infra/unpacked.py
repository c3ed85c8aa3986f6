"""What of an environment's vault lies in clear in its state directory, so that ssh, curl and clients can read it.

A controller that takes over has the repository and the vault key: these files come from the vault, on each run.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from infra import api_keys, files

VARIABLE, SSH_KEY = "vault_ssh_private_key", "id_ed25519"


def unpack(variables: Mapping[str, Any], state: Path) -> None:
    """Writes ca.pem (0644), api-key and the environment's SSH key (0600) for what `variables` (the vault's) has.

    `state` is made if need be, for its owner alone. The variables are checked ones: see infra/checks/vault.py.
    """
    for path in (state.parent, state):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if certificate := variables.get("vault_ca_certificate"):
        files.write(state / "ca.pem", str(certificate), 0o644)
    entries = variables.get(api_keys.VARIABLE, {})
    if name := api_keys.own(entries):
        key = api_keys.valid(entries)[name]
        files.write(state / "api-key", key, 0o600)  # no newline: the key alone
        # For curl's -H @FILE: a key on the command line could be read by every user of the machine.
        files.write(state / "api-key.header", f"Authorization: Bearer {key}\n", 0o600)
    if pem := variables.get(VARIABLE):
        _unpack_ssh_key(str(pem), state / SSH_KEY)


def is_key(pem: object) -> bool:
    """Whether ssh can use it without asking for a passphrase."""
    try:
        return bool(public_key(str(pem)))
    except (ValueError, TypeError):
        return False


def public_key(pem: str) -> str:
    """The public half in OpenSSH's form, `type blob`. Raises ValueError, or TypeError if it has a passphrase."""
    key = serialization.load_ssh_private_key(pem.encode(), password=None)
    form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    return key.public_key().public_bytes(*form).decode()


def _unpack_ssh_key(pem: str, path: Path) -> None:
    public = public_key(pem)
    if path.is_file() and path.read_text() != pem:
        # Replaced in the vault by another controller. Until the hosts know the new one, this is the way in.
        files.write(path.with_name(f"{SSH_KEY}.old"), path.read_bytes(), 0o600)
    files.write(path, pem, 0o600)
    # Looked at each time: a killed run can't leave a pair that does not match.
    half = path.with_name(f"{SSH_KEY}.pub")
    if not half.is_file() or half.read_text().split()[:2] != public.split():
        files.write(half, f"{public} shoestring-{path.parent.name}\n", 0o644)

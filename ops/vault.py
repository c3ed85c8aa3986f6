"""The ansible-vault file of an environment: read, written, and the key that opens it."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path
from typing import Any

import yaml

from ops import files
from ops.environment import ROOT
from ops.errors import OperationError

KEY_SCRIPT = ROOT / "ansible" / "vault-key"
_NONE_YET = 3  # exit code of the script, see there


def key(*, create: bool = False) -> bytes:
    """The vault's key, by the order that ansible/vault-key states. `create` makes one where there is none.

    Raises OperationError if there is none, or if one is there that must not be used (others can read it).
    """
    found = subprocess.run([KEY_SCRIPT], capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return found.stdout.strip().encode()
    if found.returncode == _NONE_YET and create:
        path = Path(subprocess.check_output([KEY_SCRIPT, "--path"], text=True).strip())
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write(path, secrets.token_urlsafe(32) + "\n", 0o600)
        return key()
    cause, _, rest = found.stderr.strip().partition("\n  so:  ")
    consequence, _, fix = rest.partition("\n  fix: ")
    raise OperationError(cause, consequence, fix)


def read(path: Path, vault_key: bytes) -> dict[str, Any]:
    """The variables in the vault file. Raises OperationError for the wrong key or a file that is no vault."""
    from ansible.errors import AnsibleError

    data = path.read_bytes()
    if not data.startswith(b"$ANSIBLE_VAULT;"):
        raise OperationError(
            f"{path} is not encrypted.",
            "Its secrets lie open on this disk, so it was not used.",
            f"ansible-vault encrypt {path}    (and if it was ever shared, rotate what is in it)",
        )
    try:
        plain = _library(vault_key).decrypt(data)
    except AnsibleError:
        raise OperationError(
            f"The vault key does not open {path}.",
            "The environment's secrets can't be read, so nothing was done.",
            "Set SHOESTRING_VAULT_KEY or SHOESTRING_VAULT_KEY_FILE to the key that made it. If that is lost, "
            f"so are the secrets: move {path.name} away, then `make down` and `make up`; the API key is new.",
        ) from None
    variables = yaml.safe_load(plain)
    if not isinstance(variables, dict):
        raise OperationError(
            f"{path} opens, but holds no variables.",
            "The environment's secrets are not known, so nothing was done.",
            f"ansible-vault edit {path}, or move it away to have new secrets made",
        )
    return variables


def write(path: Path, variables: dict[str, Any], vault_key: bytes) -> None:
    """Encrypts `variables` to `path`, mode 0600, in one step."""
    header = "# Made by Shoestring. Read it with: ansible-vault view, change it with: ansible-vault edit\n"
    plain = header + yaml.dump(variables, Dumper=_Readable, sort_keys=False, default_flow_style=False)
    files.write(path, _library(vault_key).encrypt(plain.encode()), 0o600)


class _Readable(yaml.SafeDumper):
    """Writes a PEM as a block, so that the vault can be edited by hand."""


def _string(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Readable.add_representer(str, _string)


def _library(vault_key: bytes) -> Any:
    from ansible.parsing.vault import VaultLib, VaultSecret

    return VaultLib([("default", VaultSecret(vault_key))])

"""An environment's secrets: made strong once, kept for ever, read by Ansible from the vault.

A secret that a newer Shoestring wants is added; one that is there is never made anew, since hosts hold it.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from typing import Any

from infra import api_keys, unpacked
from infra.checks import vault as content
from ops import pki, ssh_key, vault
from ops.environment import Environment
from ops.errors import OperationError

_LETTERS = string.ascii_letters + string.digits


def _text(length: int = 40) -> str:
    """40 letters and digits, 238 bits: nothing that a shell, libpq or an ini file reads as its own syntax."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _bucket_user(name: str) -> Callable[[], dict[str, str]]:
    # The access name is no secret and stands in the bucket's log, so it says who.
    return lambda: {"access": f"{name}-{secrets.token_hex(4)}", "secret": _text()}


# Variable -> how it is made. The CA is apart: its certificate needs the key.
GENERATED: dict[str, Callable[[], Any]] = {
    "vault_database_service_password": _text,
    "vault_bucket_root": _bucket_user("root"),
    "vault_bucket_service": _bucket_user("service"),
    "vault_bucket_deployer": _bucket_user("deployer"),
    "vault_bucket_backup": _bucket_user("backup"),
    "vault_backup_passphrase": _text,
    "vault_api_keys": lambda: {"default": _text()},
}


def ensure_vault(environment: Environment) -> bool:
    """Makes or completes the vault, and writes what users of the service need from it to the state directory (see
    infra/unpacked.py), and for a cloud deploy.pub. True if the vault changed.

    Raises OperationError, or VaultError for what it holds.
    """
    path = environment.vault
    # A new key beside an old vault could not open it and would hide that the right one is missing.
    key = vault.key(create=not path.exists() and not _other_vaults(environment))
    variables = vault.read(path, key) if path.exists() else {}
    content.check(path, variables)
    missing = [name for name in GENERATED if name not in variables]
    complete = variables | {name: GENERATED[name]() for name in missing}
    complete |= _authority(environment, variables) | ssh_key.ensure(environment, variables)
    _check_api_keys(environment, complete)
    changed = complete != variables
    if changed:
        vault.write(path, complete, key)
    elif path.stat().st_mode & 0o077:
        path.chmod(0o600)
    unpacked.unpack(complete, environment.make_state())
    ssh_key.publish(environment, complete)
    return changed


def unpack(environment: Environment) -> None:
    """For verbs that only look: the state directory's files from the vault, if there is one. Raises as ensure_vault."""
    if environment.vault.is_file():
        variables = vault.read(environment.vault, vault.key())
        content.check(environment.vault, variables)
        unpacked.unpack(variables, environment.make_state())


def _authority(environment: Environment, variables: dict[str, Any]) -> dict[str, str]:
    key, certificate = variables.get("vault_ca_key"), variables.get("vault_ca_certificate")
    if certificate and not key:
        raise OperationError(
            f"{environment.vault} has vault_ca_certificate but no vault_ca_key.",
            "No certificate could be made or renewed, so nothing was done.",
            f"ansible-vault edit {environment.vault}: put vault_ca_key back, or remove the certificate "
            "too to start a new CA (clients then need the new ca.pem)",
        )
    key = key or pki.new_key()
    certificate = certificate or pki.ca_certificate(key, environment.name)
    if not pki.matches(certificate, key):
        raise OperationError(
            f"In {environment.vault} vault_ca_certificate is not the certificate of vault_ca_key.",
            "Hosts would get certificates that nobody trusts, so nothing was done.",
            f"ansible-vault edit {environment.vault}: put back the pair that belongs together",
        )
    return {"vault_ca_key": key, "vault_ca_certificate": certificate}


def _check_api_keys(environment: Environment, variables: dict[str, Any]) -> None:
    if api_keys.own(variables[api_keys.VARIABLE]) is None:
        raise OperationError(
            f"{api_keys.VARIABLE} in {environment.vault} has no key.",
            "`status` and `verify` have no key to ask with, so nothing was done.",
            f"ansible-vault edit {environment.vault}: add `default:` and a long random value under it",
        )


def _other_vaults(environment: Environment) -> bool:
    """True if another environment beside this one has a vault, which the same key is to open."""
    return any(environment.directory.parent.glob("*/group_vars/all/vault.yml"))

"""The key by which controllers reach the hosts that Shoestring makes itself. It lives in the vault."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from infra import unpacked
from ops.environment import Environment
from ops.errors import OperationError

VARIABLE = "vault_ssh_private_key"


def ensure(environment: Environment, variables: dict[str, Any]) -> dict[str, str]:
    """What the vault's `variables` lack of it: {} or the key. Raises OperationError for a key that is none.

    Servers that you own are reached by your own key or agent: none is made for them.
    """
    path = environment.state / unpacked.SSH_KEY
    where = str(environment.vault)
    if VARIABLE in variables:
        pem = str(variables[VARIABLE])
    elif path.is_file():  # made before it was kept in the vault
        pem, where = path.read_text(), str(path)
    elif environment.rehearsed:
        pem = new()
    else:
        return {}
    try:
        unpacked.public_key(pem)
    except (ValueError, TypeError) as error:
        raise OperationError(
            f"{VARIABLE} in {where} is no SSH key without a passphrase: {error}.",
            "The environment's hosts can't be reached by it, so nothing was done.",
            f"Put the private key back as ssh-keygen wrote it: ansible-vault edit {environment.vault}",
        ) from None
    return {VARIABLE: pem}


def new() -> str:
    """A private key (Ed25519) in OpenSSH's form."""
    return (
        ed25519.Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
        .decode()
    )

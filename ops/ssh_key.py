"""The key by which controllers reach the hosts that Shoestring makes itself. It lives in the vault."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from infra import login, unpacked
from ops import files
from ops.environment import Environment
from ops.errors import OperationError


def ensure(environment: Environment, variables: dict[str, Any]) -> dict[str, str]:
    """What the vault's `variables` lack of it: {} or the key. Raises OperationError for a key that is none.

    Servers that you own are reached by your own key or agent: none is made for them.
    """
    path = environment.state / unpacked.SSH_KEY
    if unpacked.VARIABLE in variables:
        return {}
    if not path.is_file():
        return {unpacked.VARIABLE: new()} if environment.rehearsed or environment.cloud else {}
    pem = path.read_text()  # made before it was kept in the vault
    if not unpacked.is_key(pem):
        raise OperationError(
            f"{path} is no SSH key without a passphrase.",
            "The environment's hosts can't be reached by it, so nothing was done.",
            f"Put the key back that ssh-keygen wrote; or, if the hosts know another one of yours: rm {path}*",
        )
    return {unpacked.VARIABLE: pem}


def publish(environment: Environment, variables: dict[str, Any]) -> None:
    """Writes the public half beside the vault, from where a cloud's program gives it to the machines it makes."""
    if environment.cloud:
        public = unpacked.public_key(variables[unpacked.VARIABLE])
        files.write(environment.directory / login.FILE, f"{public} shoestring-{environment.name}\n")


def new() -> str:
    """A private key (Ed25519) in OpenSSH's form."""
    return (
        ed25519.Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
        .decode()
    )

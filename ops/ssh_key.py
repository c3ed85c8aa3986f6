"""The key by which the controller reaches the hosts that it makes itself."""

from __future__ import annotations

import getpass
import socket
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from ops import files
from ops.environment import Environment


def ensure_ssh_key(environment: Environment) -> Path:
    """The public key's path; the private one lies beside it (id_ed25519, 0600) and is made if need be."""
    private = environment.make_state() / "id_ed25519"
    if not private.exists():
        made = ed25519.Ed25519PrivateKey.generate()
        pem = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        files.write(private, pem, 0o600)
    private.chmod(0o600)
    # The public half is derived each time: a killed run can't leave a pair that does not match.
    key = serialization.load_ssh_private_key(private.read_bytes(), password=None)
    form = serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    encoded = key.public_key().public_bytes(*form)
    public = private.with_name("id_ed25519.pub")
    comment = f"shoestring-{environment.name} {getpass.getuser()}@{socket.gethostname()}"
    files.write(public, f"{encoded.decode()} {comment}\n", 0o644)
    return public

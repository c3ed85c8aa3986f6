"""Service accounts of an emulated project, each with a key of its own: what a machine in the cloud has by itself."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ops import files

BITS = 2048  # as Google's keys


def email(name: str, project: str) -> str:
    """The address of a service account of ours."""
    return f"{name}@{project}.iam.gserviceaccount.com"


def ensure(directory: Path, account: str, token_uri: str) -> dict[str, str]:
    """The account's key file, as Google writes one, made if there is none; tokens are given at `token_uri`.

    `directory`, its owner's alone, keeps it below keys/, and its public half in accounts.json.
    """
    path = directory / "keys" / f"{account}.json"
    if path.is_file():
        known: dict[str, str] = json.loads(path.read_text()) | {"token_uri": token_uri}
    else:
        key = rsa.generate_private_key(65537, BITS)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        known = {
            "type": "service_account",
            "project_id": account.partition("@")[2].partition(".")[0],
            "client_email": account,
            "private_key": private.decode(),
            "token_uri": token_uri,
        }
    files.write(path, json.dumps(known, indent=2), 0o600)
    _publish(directory, account, known["private_key"])
    return known


def _publish(directory: Path, account: str, private: str) -> None:
    key = serialization.load_pem_private_key(private.encode(), None)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    path = directory / "accounts.json"
    known = json.loads(path.read_text()) if path.is_file() else {}
    files.write(path, json.dumps({**known, account: public.decode()}, indent=2), 0o600)

"""What the S3 gateway of a rehearsal is started with, in files of its directory: keys and settings."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from ops import files
from ops.errors import OperationError
from rehearsal.planes.wanted import Key

SECRET = 0o600
SESSION = "ASIA"  # the gateway takes such a key for a session's, and knows no sessions
LONGEST_SOCKET = 107  # bytes: sun_path of unix(7) without its closing zero


def root(directory: Path) -> Key:
    """The administrator's key, made if there is none; nobody but the rehearsal ever has it."""
    file = directory / "root.json"
    if not file.is_file():
        pair = {"access": f"root-{secrets.token_hex(8)}", "secret": secrets.token_hex(32)}
        files.write(file, json.dumps(pair), SECRET)
    return Key(**json.loads(file.read_text()))


def admit(directory: Path, keys: Sequence[Key]) -> None:
    """Lets these keys in beside root's, and no others. Raises OperationError for one that the gateway can't take."""
    for key in keys:
        if key.access.startswith(SESSION):
            raise OperationError(
                f"The key {key.access} begins with {SESSION}, as those of sessions do.",
                "The S3 gateway knows no sessions, so no bucket was changed.",
                "Give the rehearsal's keys ids of another form.",
            )
    users = {key.access: {"access": key.access, "secret": key.secret, "role": "user"} for key in keys}
    (directory / "accounts").mkdir(mode=0o700, exist_ok=True)
    files.write(directory / "accounts/users.json", json.dumps({"accessAccounts": users}, indent=2), SECRET)


def settings(directory: Path, address: str, port: int, region: str) -> dict[str, str]:
    """Its environment, which only its owner can read, as everybody can read its argv."""
    socket = directory / "admin.sock"
    if len(os.fsencode(socket)) > LONGEST_SOCKET:
        raise OperationError(
            f"The path {socket} is longer than the {LONGEST_SOCKET} bytes that a socket's may have.",
            "The S3 gateway was not started.",
            "Move the clone to a shorter path.",
        )
    administrator = root(directory)
    return {
        "ROOT_ACCESS_KEY_ID": administrator.access,
        "ROOT_SECRET_ACCESS_KEY": administrator.secret,
        "VGW_PORT": f"{address}:{port}",
        # Without an address of its own the administration would be on the port above, for the network.
        "VGW_ADMIN_PORT": str(socket),
        "VGW_SOCKET_PERM": "0600",
        "VGW_REGION": region,
        "VGW_CERT": str(directory / "host.pem"),
        "VGW_KEY": str(directory / "host.key"),
        "VGW_IAM_DIR": str(directory / "accounts"),
        "VGW_IAM_CACHE_DISABLE": "true",  # who is let in is read for each request: a key ends without a restart
        "VGW_VERSIONING_DIR": str(directory / "versions"),
        "VGW_DIR_PERMS": "0700",
        "VGW_FILE_PERMS": "0600",
        # No VGW_KEEP_ALIVE: with it, the rest of a body (boto3's checksum) was taken for the next request.
        "VGW_ACCESS_LOG": str(directory / "access.log"),
        "VGW_QUIET": "true",
    }

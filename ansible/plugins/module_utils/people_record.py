"""What a host remembers of its administrators: each name that ever was one, with every key it ever had.

A key that is remembered and no longer listed is revoked: sshd refuses it for every account, wherever it was pasted.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from .people_keys import fingerprint

DIRECTORY = Path("/var/lib/shoestring/people")
RECORD = DIRECTORY / "record.json"
REVOKED = Path("/etc/ssh/shoestring-revoked-keys")
SUDOERS = Path("/etc/sudoers.d/shoestring")
HEADER = "# Ansible managed: keys of people who left and keys that were replaced. No account here takes them.\n"

Record = dict[str, list[str]]


def read() -> Record:
    """Name -> keys (`type blob`). Hosts of the first version have no record, but a list in sudoers."""
    if RECORD.is_file():
        record: Record = json.loads(RECORD.read_text())
        return record
    if not SUDOERS.is_file():
        return {}
    names = re.findall(r"^(\S+) ALL=\(ALL:ALL\) NOPASSWD: ALL$", SUDOERS.read_text(), re.MULTILINE)
    return {name: [] for name in names[1:]}  # the first is the user that Ansible logs in as


def extended(record: Record, keys: Mapping[str, Iterable[str]]) -> Record:
    """The record with more names and keys: nothing is ever forgotten."""
    names = {*record, *keys}
    return {name: sorted({*record.get(name, []), *keys.get(name, [])}) for name in sorted(names)}


def save(record: Record) -> None:
    DIRECTORY.mkdir(mode=0o700, parents=True, exist_ok=True)
    write(RECORD, json.dumps(record, indent=1) + "\n", 0o600)


def revoked(record: Record, valid: set[str]) -> dict[str, str]:
    """Key -> the name that had it last, for every remembered key that is not in `valid`."""
    return {key: name for name, keys in record.items() for key in keys if key not in valid}


def revocation(keys: Mapping[str, str]) -> str:
    """The text of the file that sshd reads."""
    return HEADER + "".join(f"{key} {name}\n" for key, name in sorted(keys.items(), key=lambda item: item[::-1]))


def read_revoked() -> str | None:
    return REVOKED.read_text() if REVOKED.is_file() else None


def login_key() -> str | None:
    """The key by which this very run came in (sshd's ExposeAuthInfo), `type blob`; None if it can't be known."""
    pid = os.getpid()
    while pid > 1:
        for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            if entry.startswith(b"SSH_USER_AUTH="):
                return _exposed(Path(os.fsdecode(entry.partition(b"=")[2])))
        stat = Path(f"/proc/{pid}/stat").read_text()
        pid = int(stat.rpartition(")")[2].split()[1])
    return None


def _exposed(path: Path) -> str | None:
    found = re.search(r"^publickey (\S+ \S+)", path.read_text(), re.MULTILINE) if path.is_file() else None
    return found[1] if found else None


def describe(name: str, keys: Iterable[str], what: str) -> list[str]:
    return [f"{name}: the key {fingerprint(key)} {what}" for key in sorted(keys)]


def write(path: Path, text: str, mode: int) -> None:
    """In one step and kept over a power cut: sshd lets nobody in while the file that it names is not there."""
    descriptor, staged = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise

"""The backup repository as this host sees it, through pgBackRest. Everything here runs as the user postgres."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Any

SETTINGS = Path("/etc/shoestring/database.json")
BASE = Path("/var/lib/postgresql/17")
LIVE, RESTORING, REPLACED, CREATING = (BASE / name for name in ("main", "restoring", "replaced", "creating"))
BIN = Path("/usr/lib/postgresql/17/bin")
ABSENT, EMPTY = {1, 3}, 2  # pgBackRest's status: no stanza (in part), a stanza without backups
QUICK = "--io-timeout=5"  # seconds: pgBackRest tries nine times before it gives a bucket up


class BackupError(Exception):
    """Cause, consequence and fix in one text; nothing was changed unless it says so."""


def settings() -> dict[str, Any]:
    """What the role wants: environment, services (names), start_empty, archive_seconds."""
    wanted: dict[str, Any] = json.loads(SETTINGS.read_text())
    return wanted


def run(*argv: str | Path, within: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program with both streams kept apart. Its exit code is the caller's to judge."""
    words = [str(word) for word in argv]
    return subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=within, check=False, cwd="/")


def pgbackrest(*words: str) -> str:
    """What a pgBackRest command prints. Raises BackupError with its own words."""
    done = run("pgbackrest", "--stanza=main", *words)
    if done.returncode != 0:
        raise BackupError(explained(done.stderr + done.stdout))
    return done.stdout


def explained(said: str) -> str:
    """The repository's refusal in words that name the cause and the fix."""
    said = "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in said)
    first = "\n".join(said.strip().splitlines()[:4])
    causes = {
        ("unable to verify certificate",): "The bucket's certificate is not one that this host trusts for the bucket's "
        "name, or a clock is wrong. Set the clock (`timedatectl` shows it), or run `make up`, which hands out the CA",
        # A wrong passphrase decrypts to bytes: what is wrong with them first (form, padding, checksum) is chance.
        ("FormatError", "ChecksumError", "CryptoError"): "The backup passphrase is not the one that "
        "the repository was made with, or an object is damaged. Put the right vault_backup_passphrase into the vault",
        ("403 (Forbidden)", "SignatureDoesNotMatch", "InvalidAccessKeyId"): "The bucket refuses our key. Put the right "
        "access key and secret into the vault, or let the bucket's owner admit them",
        ("HostConnectError", "unable to connect", "Connection refused"): "The bucket does not answer. Start its host "
        "(`make status` says which is down)",
        ("NoSuchBucket", "404 (Not Found)"): "There is no such bucket. Correct its name in the Footprint, or make it",
    }
    for words, cause in causes.items():
        if any(word in said for word in words):
            return f"{cause}, then run this again. pgBackRest said: {first}"
    return f"pgBackRest said: {first}"


def info() -> dict[str, Any]:
    """The stanza as `pgbackrest info` has it. Raises BackupError when the repository can't be read."""
    # Not strict: pgBackRest quotes what it could not decrypt, control characters and all.
    found: list[dict[str, Any]] = json.loads(pgbackrest(QUICK, "--output=json", "info"), strict=False)
    stanza = found[0] if found else {"status": {"code": 1}, "backup": [], "db": []}
    if stanza["status"]["code"] not in {0, EMPTY, *ABSENT}:
        repositories = stanza.get("repo", [])
        raise BackupError(explained("\n".join(str(each["status"]["message"]) for each in repositories)))
    return stanza


def identity(directory: Path) -> int:
    """The system identifier of a cluster's files. Raises BackupError if they are none."""
    done = run(BIN / "pg_controldata", directory)
    for line in done.stdout.splitlines():
        if line.startswith("Database system identifier:"):
            return int(line.split(":")[1])
    raise BackupError(f"{directory} is no whole cluster: {done.stderr.strip()}. It was left alone")


def moment(seconds: float) -> str:
    """A time as people may type it again: RFC 3339 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def durable(path: Path, text: str) -> None:
    """Write a small file so that a power cut leaves the old or the new one."""
    staged = path.with_suffix(".new")
    with staged.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    rename(staged, path)


def rename(source: Path, target: Path) -> None:
    """Rename and have the directory on the disk before returning."""
    source.rename(target)
    sync(target.parent)


def sync(directory: Path) -> None:
    """Have a directory's entries on the disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone(what: str) -> Iterator[None]:
    """One at a time on this host. Raises BackupError when another is at work; the kernel frees it however we end."""
    BASE.mkdir(exist_ok=True)
    with (BASE / f".{what}.lock").open("a") as file:
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise BackupError(
                f"Another {what} is at work on this host. Wait until it is done, then run this again"
            ) from None
        yield

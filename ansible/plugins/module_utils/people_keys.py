"""Public SSH keys as authorized_keys holds them, and which of its files sshd reads for an account."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from functools import cache
from pathlib import Path

from .people_accounts import Account, PeopleError

# type and blob
_KEY = re.compile(r"(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+)[ \t]+(AAAA[0-9A-Za-z+/]+={0,3})(?=\s|$)")
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')


def identity(line: str) -> str:
    """`type blob` of a line of authorized_keys, without options and comment; '' if it holds no key."""
    found = _find(line)
    return f"{found[1]} {found[2]}" if found else ""


def identities(text: str) -> set[str]:
    """Every key in a file's text."""
    return {identity(line) for line in text.splitlines()} - {""}


def rules(text: str) -> set[str]:
    """Every key in a file's text with its options, without comments: what sshd makes of the file."""
    return {" ".join(line[: found.end(2)].split()) for line in text.splitlines() if (found := _find(line))}


def _find(line: str) -> re.Match[str] | None:
    # An option may quote anything, a key too; its length stays, so that the match tells where the key is.
    plain = _QUOTED.sub(lambda quoted: '"' * len(quoted[0]), line)
    return None if line.lstrip().startswith("#") else _KEY.search(plain)


def fingerprint(key: str) -> str:
    """What `ssh-keygen -l` and sshd's log call it."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1] + "===")).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


@cache
def files(account: Account) -> list[Path]:
    """The files in which sshd looks for this account's keys, the one to write first."""
    asked = ["sshd", "-T", "-C", f"user={account.name},host=localhost,addr=127.0.0.1"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    line = re.search(r"^authorizedkeysfile (.+)$", done.stdout, re.MULTILINE)
    if done.returncode != 0 or line is None:
        said = done.stderr.strip() or "no authorizedkeysfile in its answer"
        raise PeopleError(f"`{' '.join(asked)}` failed: {said}. Nothing was changed. Mend sshd's configuration first.")
    patterns = [pattern for pattern in line[1].split() if pattern != "none"]
    known = {"%h": str(account.home), "%u": account.name, "%U": str(account.uid), "%%": "%"}
    names = [re.sub("%[huU%]", lambda found: known[found[0]], pattern) for pattern in patterns]
    return [account.home / name for name in names]  # an absolute name stays what it is

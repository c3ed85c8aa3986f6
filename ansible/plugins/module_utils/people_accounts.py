"""The host's accounts as `people` needs them, and acting with an account's own rights."""

from __future__ import annotations

import grp
import os
import pwd
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FIRST = 1000  # Debian's UID_MIN: below it are the system's own accounts
NOBODY = 65534
NO_SHELL = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false")


class PeopleError(Exception):
    """Cause, consequence and fix, in words for the person who runs the playbook."""


@dataclass(frozen=True)
class Account:
    """One line of passwd with what shadow and group add to it; `expires` is shadow's field, days or ''."""

    name: str
    uid: int
    gid: int
    home: Path
    shell: str
    password: str
    expires: str
    groups: frozenset[str]

    @property
    def ordinary(self) -> bool:
        return FIRST <= self.uid < NOBODY

    @property
    def locked(self) -> bool:
        """No way in is left: sshd, sudo, su, cron and at all ask whether the account has expired."""
        return self.password.startswith("!") and self.expires == "1" and self.shell in NO_SHELL and not self.groups


def find(name: str) -> Account | None:
    """The account of that name, if the host has one."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    fields = next((line.split(":") for line in _shadow() if line.startswith(f"{name}:")), None)
    groups = frozenset(group.gr_name for group in grp.getgrall() if name in group.gr_mem)
    password, expires = (fields[1], fields[7]) if fields else ("", "")
    return Account(name, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir), entry.pw_shell, password, expires, groups)


def group_id(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def namesakes(account: Account) -> list[str]:
    """Other accounts of the same number: to the kernel they are one."""
    return [entry.pw_name for entry in pwd.getpwall() if entry.pw_uid == account.uid and entry.pw_name != account.name]


def run(*argv: str) -> None:
    """A program that has to succeed. Raises PeopleError with what it said."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PeopleError(f"`{' '.join(argv)}` failed: {done.stderr.strip()}. Mend that on the host and run it again.")


@contextmanager
def acting_as(account: Account) -> Iterator[None]:
    """Root's work in somebody's home is done with that person's rights: a link there leads nowhere else."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(account.gid)
    os.seteuid(account.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def remove(path: Path, account: Account) -> None:
    """A file of somebody's, with that person's own rights where they are enough. Raises PeopleError."""
    try:
        with acting_as(account):
            path.unlink(missing_ok=True)
    except PermissionError:
        if path.parent.resolve() != path.parent:
            raise PeopleError(
                f"{path} belongs to others and is reached by a link, so it was left. See what it is, remove the link"
                f" if it was not meant, and run this again: ls -ld {path} {path.parent}"
            ) from None
        path.unlink(missing_ok=True)


def _shadow() -> list[str]:
    return Path("/etc/shadow").read_text().splitlines()

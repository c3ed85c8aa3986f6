"""An administrator's account and keys, and the keys of the user that Ansible logs in as."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from . import people_keys as keys
from .people_accounts import NO_SHELL, Account, PeopleError, acting_as, find, group_id, remove, run
from .people_record import describe, write

SHELL, GROUP, NO_PASSWORD = "/bin/bash", "sudo", "*"  # a key opens the door; sudo asks for no password


def plan(name: str, account: Account | None, wanted: str) -> list[str]:
    """What is missing, in words. `wanted` is the text of the account's authorized_keys."""
    if account is None:
        fresh = describe(name, keys.identities(wanted), "is let in")
        return [f"{name}: an account with sudo is made", *fresh]
    told = [f"{name}: the account is opened, with sudo"] if _options(account) else []
    return told + plan_keys(account, wanted)


def carry_out(name: str, wanted: str) -> None:
    """Safe to run again after it was killed anywhere."""
    account = find(name)
    if account is None:
        group = group_id(name)
        own = ["--gid", str(group)] if group is not None else ["--user-group"]
        made = ["--create-home", "--shell", SHELL, "--groups", GROUP, "--password", NO_PASSWORD]
        run("useradd", *own, *made, name)
    elif options := _options(account):
        run("usermod", *options, name)
    account = find(name)
    assert account is not None, f"useradd made no {name}"
    write_keys(account, wanted)


def _options(account: Account) -> list[str]:
    """What usermod has to mend. A shell of one's own choice stays."""
    lacks = {
        ("--append", "--groups", GROUP): GROUP not in account.groups,
        ("--expiredate", ""): account.expires != "",
        ("--shell", SHELL): account.shell in NO_SHELL,
        ("--password", NO_PASSWORD): account.password != NO_PASSWORD,
    }
    return [word for words, lacking in lacks.items() if lacking for word in words]


def plan_keys(account: Account, wanted: str) -> list[str]:
    """The keys that come and go: the first file that sshd reads holds what is wanted, the others hold none."""
    first, *others = _files(account)
    held = _text(first)
    before = keys.identities(held).union(*(keys.identities(_text(path)) for path in others))
    after = keys.identities(wanted)
    told = describe(account.name, after - before, "is let in") + describe(account.name, before - after, "goes")
    told += [f"{account.name}: {path} goes" for path in others if keys.identities(_text(path))]
    if not told and (keys.rules(held) != keys.rules(wanted) or _lax(first, account)):
        told.append(f"{account.name}: {first} is written as listed, mode 0600")
    return told


def write_keys(account: Account, wanted: str) -> None:
    """Raises PeopleError if the account has no home to put them into."""
    if not plan_keys(account, wanted):
        return
    first, *others = _files(account)
    if account.home not in first.parents:  # where sshd's configuration keeps keys outside of homes, they are root's
        first.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        write(first, wanted, 0o644)
    else:
        _home(account)
        try:
            with acting_as(account):
                first.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _replace(first, wanted)
        except OSError as error:
            raise PeopleError(
                f"{account.name}'s keys can't be written to {first}: {error.strerror}. sshd refuses keys in a home that"
                f" is somebody else's. On the host: chown -R {account.name}: {account.home}; then run this again."
            ) from None
    for path in others:
        if keys.identities(_text(path)):
            remove(path, account)


def _files(account: Account) -> list[Path]:
    found = keys.files(account)
    if not found:
        raise PeopleError(
            "sshd reads no authorized_keys file here (AuthorizedKeysFile none), so no key could let anybody in."
            " Nothing was changed. Remove that line from the host's sshd configuration."
        )
    return found


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else ""


def _lax(path: Path, account: Account) -> bool:
    """sshd takes no key from a file that others may write to, and its owner must be able to."""
    if account.home not in path.parents:
        return False
    found = path.stat()
    return bool(found.st_mode & 0o077) or found.st_uid != account.uid or bool(path.parent.stat().st_mode & 0o022)


def _home(account: Account) -> None:
    if not account.home.exists():
        account.home.mkdir(mode=0o700, parents=True)
        os.chown(account.home, account.uid, account.gid)


def _replace(path: Path, text: str) -> None:
    path.parent.chmod(0o700)
    descriptor, staged = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp's mode is 0600
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(staged).replace(path)

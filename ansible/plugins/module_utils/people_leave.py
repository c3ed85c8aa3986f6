"""Offboarding: who was an administrator here and is no longer listed keeps a home directory and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from . import people_keys as keys
from .people_accounts import Account, PeopleError, acting_as, remove, run
from .people_record import DIRECTORY

PATIENCE = 10.0  # seconds in which killed processes have to be gone
CRONTABS = Path("/var/spool/cron/crontabs")
AT_JOBS = Path("/var/spool/cron/atjobs")
LINGER = Path("/var/lib/systemd/linger")
USER_UNITS = (".config/systemd/user", ".local/share/systemd/user")
# Places where somebody with sudo may have been named; what is found there is told, not touched.
PLACES = ("/etc/sudoers", "/etc/sudoers.d", "/etc/crontab", "/etc/cron.d", "/etc/systemd/system")


def plan(account: Account) -> list[str]:
    """What is still there to be taken away, in words; [] if the account is as a leaver's has to be."""
    name, told = account.name, []
    if not account.locked:
        told.append(f"{name}: the account is locked, its sudo and groups are gone")
    if running := list(processes(account)):
        told.append(f"{name}: {len(running)} processes are killed, with their sessions")
    told += [f"{name}: {path} goes (a copy stays in {DIRECTORY / name})" for path in _spooled(account)]
    if (LINGER / name).exists():
        told.append(f"{name}: no services of theirs are started at boot")
    told += [f"{name}: {path} is set aside" for path in _units(account)]
    told += [f"{name}: {path} goes" for path in key_files(account)]
    return told


def key_files(account: Account) -> list[Path]:
    return [path for path in keys.files(account) if path.is_symlink() or path.exists()]


def held_keys(account: Account) -> set[str]:
    """Every key that opens the account, also those that its owner added."""
    texts = [path.read_text(errors="replace") for path in key_files(account) if path.is_file()]
    return set().union(*map(keys.identities, texts))


def carry_out(account: Account) -> None:
    """In an order that lets nobody back in between two steps, and that a killed run can begin anew."""
    run("usermod", "--lock", "--expiredate", "1", "--shell", "/usr/sbin/nologin", "--groups", "", account.name)
    if (LINGER / account.name).exists():
        run("loginctl", "disable-linger", account.name)
    kill(account)
    for path in _spooled(account):
        _keep(path, account.name)
    with acting_as(account):
        for path in _units(account):
            path.rename(path.with_name(f"{path.name}.offboarded-{datetime.now(UTC):%Y%m%dT%H%M%S}"))
    for path in key_files(account):
        remove(path, account)
    kill(account)  # what cron began a moment before its table went


def processes(account: Account) -> Iterator[int]:
    """Those of the account's number, and what they became by sudo: their login session says whose they are."""
    mark = f"/user-{account.uid}.slice/"
    for path in Path("/proc").iterdir():
        if not path.name.isdigit() or int(path.name) in (1, os.getpid()):
            continue
        try:
            status = (path / "status").read_text()
            group = (path / "cgroup").read_text()
            login = (path / "loginuid").read_text() if (path / "loginuid").exists() else ""
        except (FileNotFoundError, ProcessLookupError):
            continue
        line = re.search(r"^Uid:(.*)$", status, re.MULTILINE)
        dead = re.search(r"^State:\s+[ZX]", status, re.MULTILINE)
        uids = line[1].split() if line else []
        if not dead and (str(account.uid) in uids or mark in group or login.strip() == str(account.uid)):
            yield int(path.name)


def kill(account: Account) -> None:
    """Until none is left; a process that forks is outrun by looking again. Raises PeopleError."""
    end = time.monotonic() + PATIENCE
    while running := list(processes(account)):
        if time.monotonic() > end:
            raise PeopleError(
                f"{account.name} is locked out, but the processes {running} can't be killed, so the rest of the"
                f" offboarding waits. See what holds them: ps -fp {','.join(map(str, running))}; reboot if need be."
            )
        for pid in running:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.1)
    # A service manager that was killed counts as failed, and `verify` counts failed units.
    subprocess.run(["systemctl", "reset-failed", f"user@{account.uid}.service"], capture_output=True, check=False)


def mentions(name: str) -> list[str]:
    """Files of the host that name the account."""
    found = subprocess.run(
        ["grep", "-rlsw", "--exclude=shoestring", "-e", name, *PLACES], capture_output=True, text=True, check=False
    )
    return found.stdout.split()


def _spooled(account: Account) -> list[Path]:
    crontab = CRONTABS / account.name
    jobs = AT_JOBS.iterdir() if AT_JOBS.is_dir() else ()
    theirs = sorted(path for path in jobs if path.is_file() and path.stat().st_uid == account.uid)
    return [*([crontab] if crontab.is_file() else []), *theirs]


def _units(account: Account) -> list[Path]:
    paths = [account.home / name for name in USER_UNITS]
    return [path for path in paths if path.is_symlink() or path.is_dir()]


def _keep(path: Path, name: str) -> None:
    """Copied before it goes: a crontab may be the only place that says how a report was made."""
    directory = DIRECTORY / name
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(path, directory / f"{path.name}-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    path.unlink()

"""Leaves a whole cluster where PostgreSQL looks for it, or says why not; prints a line for each thing it did.

`cluster.py` finishes or takes back what a killed restore left, then makes a new cluster only where there is no data
and the repository has none either. `cluster.py boot` only finishes renames, so that a power cut needs nobody.
"""

import shutil
import sys

import private
from repository import ABSENT, BASE, BIN, CREATING, EMPTY, LIVE, BackupError, alone, info, rename, run, settings
from swap import advance, take_back

INITDB = ["--data-checksums", "--auth-local=peer", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]


def create() -> list[str]:
    """Make an empty cluster where there is none. Raises BackupError where that would bury data."""
    if (LIVE / "PG_VERSION").is_file():
        return []
    if LIVE.is_dir() and any(LIVE.iterdir()):
        raise BackupError(f"{LIVE} holds something that is no cluster. It was left alone; look at it and move it away")
    wanted = settings()
    if not wanted["start_empty"]:
        _nothing_to_restore(wanted["environment"])
    # In a directory of its own until it is whole: a kill leaves nothing that looks like a cluster.
    shutil.rmtree(CREATING, ignore_errors=True)
    CREATING.mkdir(mode=0o700, parents=True)
    done = run(BIN / "initdb", f"--pgdata={CREATING}", *INITDB)
    if done.returncode != 0:
        raise BackupError(f"initdb failed, and no cluster was made: {done.stderr.strip()}")
    for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
        (CREATING / name).unlink()  # those in /etc are read, and these would mislead
    if LIVE.is_dir():
        LIVE.rmdir()
    rename(CREATING, LIVE)
    return ["an empty cluster was made"]


def _nothing_to_restore(environment: str) -> None:
    try:
        found = info()
    except BackupError as reason:
        raise BackupError(
            f"This host has no data, and whether the bucket holds backups of it can't be seen: {reason}"
        ) from None
    if found["status"]["code"] not in {EMPTY, *ABSENT}:
        newest = found["backup"][-1]["label"]
        raise BackupError(
            f"The bucket holds backups of this environment (the newest is {newest}) and this host has no data. Nothing "
            f"was made. To get the data back: `make restore TO=latest ENV={environment}`. To begin anew: "
            "`ansible-playbook "
            "... ansible/site.yml -e database_start_empty=true`; the old backups stay until they expire"
        )


def main(arguments: list[str]) -> int:
    """Settle, and unless booting, make what is missing. Returns the exit code."""
    try:
        with alone("restore"):
            changes = advance()
            if arguments != ["boot"]:
                private.stop()  # a killed restore may have left its server on data that is about to go
                changes += take_back() + create()
    except BackupError as reason:
        if arguments == ["boot"] and LIVE.is_dir():
            return 0  # a restore at work has its own plans; the whole cluster may start meanwhile
        print(f"{reason}.", file=sys.stderr)
        return 1
    print("\n".join(changes), end="")
    return 0


if __name__ == "__main__":
    BASE.mkdir(exist_ok=True)
    sys.exit(main(sys.argv[1:]))

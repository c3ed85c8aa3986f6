"""Takes a backup: `backup.py full|diff|incr`, or `backup.py ensure` for whatever a repository needs to be one.

Prints JSON: what was changed, and for a backup its label, size, duration and what can be restored.
`backup.py check HOURS` says whether a backup exists that is younger.
"""

import json
import sys
import time
from fcntl import LOCK_EX, flock
from typing import Any

from repository import ABSENT, BASE, LIVE, BackupError, identity, info, moment, pgbackrest, run, settings
from swap import finish, state

TIMERS = ("shoestring-backup-full.timer", "shoestring-backup-diff.timer")
PATIENCE = 86400  # seconds that a replaced cluster is kept when nobody finished its restore


def take(kind: str) -> dict[str, Any]:
    """Take one now, after any that is being taken. Raises BackupError."""
    with (BASE / ".backup.lock").open("a") as file:
        flock(file, LOCK_EX)  # waits: the timer's and a person's follow each other
        pgbackrest(f"--type={kind}", "backup")
    newest = info()["backup"][-1]
    begun, ended = newest["timestamp"]["start"], newest["timestamp"]["stop"]
    oldest = info()["backup"][0]["timestamp"]["stop"]
    return {
        "label": newest["label"],
        "type": newest["type"],
        "database_bytes": newest["info"]["size"],
        "stored_bytes": newest["info"]["repository"]["delta"],
        "seconds": ended - begun,
        "restorable_from": moment(oldest + 1),
        "restorable_to": "now",
    }


def ensure() -> list[str]:
    """Make the stanza where there is none and take the first backup; says what it did. Raises BackupError."""
    changes: list[str] = []
    found, wanted = info(), settings()
    if found["status"]["code"] in ABSENT:
        pgbackrest("stanza-create")
        changes.append("the stanza was made")
        found = info()
    ours = identity(LIVE)
    if found["db"][-1]["system-id"] != ours:
        if not wanted["start_empty"] and state().get("phase") != "swapped":
            raise BackupError(
                f"The bucket holds backups of another cluster ({found['db'][-1]['system-id']}, this one is {ours}), so "
                f"nothing is archived. To get that one back: `make restore TO=latest "
                f"ENV={wanted['environment']}`. To go on "
                ""
                "with this one: `ansible-playbook ... ansible/site.yml -e database_start_empty=true`; the old "
                "backups stay "
                "until they expire"
            )
        pgbackrest("stanza-upgrade")
        changes.append("the stanza was given to this cluster")
        found = info()
    if not any(each["database"]["id"] == found["db"][-1]["id"] for each in found["backup"]):
        changes.append(f"the first backup was taken: {take('full')['label']}")
    return changes


def check(hours: float) -> str:
    """The newest backup. Raises BackupError when it is too old, there is none, or no timer will take another."""
    armed = run("systemctl", "show", "--property=ActiveState", "--value", *TIMERS).stdout.split()
    if armed != ["active"] * len(TIMERS):
        raise BackupError(
            f"A backup timer is not armed ({' '.join(armed)}), so none will be taken. Run `make up` to arm it"
        )
    found = info()["backup"]
    age = (time.time() - found[-1]["timestamp"]["stop"]) / 3600 if found else None
    if age is None or age > hours:
        what = (
            "There is no backup"
            if age is None
            else f"The newest backup is {age:.0f} hours old; {hours:.0f} is the bound"
        )
        raise BackupError(
            f"{what}. What was written since can be restored only as far as its WAL was shipped. Look at "
            "`systemctl status shoestring-backup@full shoestring-backup@diff`, then take one with `make backup`"
        )
    return str(found[-1]["label"])


def main(arguments: list[str]) -> int:
    """Returns the exit code; 1 with the reason on stderr."""
    try:
        match arguments:
            case ["ensure"]:
                print(json.dumps(ensure()))
            case ["check", hours]:
                print(check(float(hours)))
            case [("full" | "diff" | "incr") as kind]:
                print(json.dumps(take(kind)))
                if time.time() - state().get("at", time.time()) > PATIENCE:
                    finish()
            case _:
                print("usage: backup.py full | diff | incr | ensure | check HOURS", file=sys.stderr)
                return 2
    except BackupError as reason:
        print(f"{reason}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

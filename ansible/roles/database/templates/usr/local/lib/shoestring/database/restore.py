"""The steps of a restore, each run by the role's tasks/restore.yml:

    plan TARGET   what would be used, and what would be lost (JSON); changes nothing
    check         reads every object that the plan needs; changes nothing
    prepare       a new cluster beside the old one, recovered and checked on a socket of its own
    swap, back    exchanges the two, or exchanges them back
    finish        removes the old one
    mark          has PostgreSQL commit something, so that the archive reaches beyond the target
The plan is kept between them in restore-plan.json. PostgreSQL must be stopped from prepare to swap.
"""

import json
import re
import shutil
import sys
import time
from typing import Any

import plan
import private
import swap
from repository import BASE, LIVE, RESTORING, BackupError, alone, durable, explained, pgbackrest, run, settings

PLAN = BASE / "restore-plan.json"


def check(wanted: dict[str, Any]) -> None:
    """Raises BackupError naming every object of the repository that is damaged or missing."""
    done = run(
        *("pgbackrest", "--stanza=main", f"--set={wanted['label']}", "--output=text", "--verbose"),
        *("--log-level-console=info", "--log-level-file=off", "verify"),
    )
    said = done.stdout + done.stderr
    objects = re.findall(r"INFO: (?:invalid \w+|file missing) '?([\w./-]+)", said)
    if done.returncode == 0 and "status: ok" in said and not objects:
        return
    if not objects and "files checked: 0" in said:
        objects = [f"{wanted['label']}/backup.manifest"]
    named = ", ".join(dict.fromkeys(objects)) or explained(said)
    raise BackupError(
        f"The repository is not whole; damaged or missing: {named}. Bring the objects back (the bucket keeps "
        "old versions), "
        f"or restore to a time that another backup than {wanted['label']} serves. The database is as it was"
    )


def prepare(wanted: dict[str, Any]) -> None:
    """Make the new cluster and see that it is whole. Raises BackupError; nothing of it is left then."""
    _stopped()
    if swap.state().get("phase") in ("swapping", "returning"):
        raise BackupError("A restore before this one was cut off. Run `make up` first")
    private.stop()
    for path in (RESTORING, private.LOG):
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    swap.mark("restoring", at=int(time.time()), **wanted)
    try:
        RESTORING.mkdir(mode=0o700)
        pgbackrest(*_words(wanted), "restore")
        private.verify(wanted, settings()["services"])
    except BackupError:
        private.stop()
        swap.take_back()
        raise
    swap.mark("verified")


def _stopped() -> None:
    if private.running(LIVE):
        raise BackupError("PostgreSQL runs on the data that is to be replaced. Stop it first: `make restore` does")


def _words(wanted: dict[str, Any]) -> list[str]:
    words = [f"--pg1-path={RESTORING}", f"--set={wanted['label']}", f"--target-timeline={wanted['follow']}"]
    if wanted["until"] is not None:
        # PostgreSQL's own words; what is committed at that very microsecond is in
        stamp = plan.datetime.fromtimestamp(wanted["until"], plan.UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
        words += ["--type=time", f"--target={stamp}", "--target-action=promote"]
    return words


def main(arguments: list[str]) -> int:
    """Returns the exit code; 1 with the reason on stderr."""
    try:
        with alone("restore"):
            match arguments:
                case ["plan", target]:
                    made = plan.make(target)
                    durable(PLAN, json.dumps(made))
                    print(json.dumps(made))
                case ["check"]:
                    check(json.loads(PLAN.read_text()))
                case ["mark"]:
                    run("psql", "-AtXc", "select pg_current_xact_id()")
                case ["prepare"]:
                    prepare(json.loads(PLAN.read_text()))
                case [("swap" | "back") as way]:
                    _stopped()
                    swap.forward() if way == "swap" else swap.back()
                case ["finish"]:
                    swap.finish()
                    PLAN.unlink(missing_ok=True)
                case _:
                    print(__doc__, file=sys.stderr)
                    return 2
    except BackupError as reason:
        print(f"{reason}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

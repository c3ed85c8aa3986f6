"""Decides what a restore would use and says what it would cost; changes nothing."""

import time
from datetime import UTC, datetime
from typing import Any

import history
from repository import ABSENT, EMPTY, LIVE, BackupError, identity, info, moment, run, settings

_LOST = """
select count(*), max(t), (select timestamp from pg_last_committed_xact()) from (
  select pg_xact_commit_timestamp((g % 4294967296)::text::xid) t
  from (select pg_snapshot_xmax(pg_current_snapshot())::text::bigint s) n,
    generate_series(greatest(3, s - 1000000), s - 1) g
  where g % 4294967296 >= 3) c where t > '{since}'"""


def make(target: str) -> dict[str, Any]:
    """What the restore to `target` (latest, or RFC 3339) is. Raises BackupError when it can't be done."""
    until = None if target == "latest" else moment_of(target)
    found = info()
    if found["status"]["code"] in ABSENT or found["status"]["code"] == EMPTY:
        raise BackupError("The repository holds no backup, so there is nothing to restore. Nothing was changed")
    whole = [each for each in found["backup"] if not each["error"]]
    live = run("psql", "-AtXc", "select 1").stdout.strip() == "1"
    backup, left, archive = _choose(found, whole, until, live)
    last = history.complete(archive, backup, left, until)
    return {
        "target": target,
        "until": until,
        "label": backup["label"],
        "taken": moment(backup["timestamp"]["stop"]),
        "timeline": max(left),
        # A timeline that the backup is on already is followed without its history, which a bucket that was lost and
        # filled again has not.
        "follow": "current" if int(backup["archive"]["start"][:8], 16) == max(left) else max(left),
        "last_segment": last,
        "live": live,
        "lost": _lost(until, live, archive.newest),
    }


def moment_of(target: str) -> float:
    """Epoch seconds. Raises BackupError for what is no time, has no zone, or has not come yet."""
    try:
        parsed = datetime.fromisoformat(target)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None or "T" not in target:
        raise BackupError(
            f"{target!r} is no time to restore to. Write TO=latest, or a time with its zone, such as "
            f"{moment(time.time())}"
        )
    if parsed.timestamp() > time.time():
        raise BackupError(
            f"{target} is in the future (it is {moment(time.time())} here). Write a time that has been, or TO=latest"
        )
    return parsed.timestamp()


def _choose(
    found: dict[str, Any], whole: list[dict[str, Any]], until: float | None, live: bool
) -> tuple[dict[str, Any], dict[int, int], history.Archive]:
    """The newest backup before the target that lies on the target's timeline."""
    early = [each for each in whole if until is None or each["timestamp"]["stop"] + 1 <= until]
    if not early:
        since = moment(whole[0]["timestamp"]["stop"] + 1) if whole else "none"
        raise BackupError(
            f"{moment(until or 0)} is before the oldest backup. What can be restored: from {since} to now"
        )
    of = early[-1]["database"]["id"]
    archive = history.read(next(each["id"] for each in found["archive"] if each["database"]["id"] == of))
    ours = live and identity(LIVE) == next(each["system-id"] for each in found["db"] if each["id"] == of)
    if until is not None and not ours and until > archive.newest:
        raise BackupError(
            f"{moment(until)} is after the last WAL that was shipped ({moment(archive.newest)}). Write TO=latest, or a "
            f"time from {moment(whole[0]['timestamp']['stop'] + 1)} to {moment(archive.newest)}"
        )
    early = [each for each in early if each["database"]["id"] == of]
    # The timeline that was in force then: one that a later restore began is not meant, nor one that it left.
    begun = [line for line, at in archive.histories.items() if until is None or at <= until]
    timeline = max([*begun, int(early[0]["archive"]["start"][:8], 16)])
    left = history.chain(archive, timeline)
    fitting = [each for each in early if history.on_the_way(each, left)]
    if not fitting:
        raise BackupError(
            f"No backup before {moment(until or time.time())} leads to timeline {timeline}. Restore to a later time"
        )
    return fitting[-1], left, archive


def _lost(until: float | None, live: bool, newest: int) -> str:
    """What will be lost, in words."""
    if until is None and live:
        return "nothing that was committed: the database is stopped cleanly first and ships its last WAL"
    if until is None:
        seconds = settings()["archive_seconds"]
        return f"what was committed after {moment(newest)}, when the last WAL was shipped (it is every {seconds} s)"
    span = f"all that was committed after {datetime.fromtimestamp(until, UTC).isoformat()}"
    if not live:
        return f"{span}; the last WAL in the repository was shipped at {moment(newest)}"
    since = datetime.fromtimestamp(until, UTC).isoformat()
    done = run("psql", "-AtXq", "-c", "set statement_timeout = '20s'", "-c", _LOST.format(since=since))
    if done.returncode != 0:  # commit times are not kept yet
        return f"{span}, up to now ({moment(time.time())})"
    count, newest_lost, last = done.stdout.strip().split("|")
    if count == "0":
        return f"nothing: no transaction was committed after that time (the last was at {last or 'an unknown time'})"
    return f"{span}: {count} transactions, the last at {newest_lost}"

"""What a host's disks, memory, backups and deploys look like, from the facts of far/care.py."""

from __future__ import annotations

import time
from typing import Any

from ops.doctor import limits
from ops.doctor.about import About, Verdict
from ops.doctor.line import FAIL, OK, WARN, env, listed, plural
from ops.hold import SILENCE, faults

MB = 1024**2
NO_CLUSTER = "there is no database here"


def disk(about: About, fact: dict[str, dict[str, float]]) -> Verdict:
    """The fullest filesystem, by bytes or by inodes."""
    shares = {(each["bytes"], at, "used"): each for at, each in fact.items()}
    shares |= {(each["inodes"], at, "of its inodes used"): each for at, each in fact.items()}
    share, at, what = max(shares)
    found = f"{at} {share:.0%} {what}"
    least = about.settings["host_disk_min_mb"]
    too_little = fact.get("/", {}).get("free", least * MB) < least * MB
    if too_little:
        found = f"/ has {fact['/']['free'] / MB:.0f} MB free, less than the {least} MB that `make up` asks for"
    fix = f"{about.run(f'du -xhd2 {at}')} shows what is large; `journalctl --vacuum-size=100M` or `apt-get clean` there"
    if too_little or share >= limits.DISK_FAIL:
        return Verdict(FAIL, found, fix)
    return Verdict(WARN, found, fix) if share >= limits.DISK_WARN else Verdict(OK, found)


def memory(about: About, fact: dict[str, int]) -> Verdict:
    share = fact["available_kb"] / fact["total_kb"]
    found = f"{share:.0%} of {fact['total_kb'] / MB:.1f} GiB available"
    fix = f"{about.run('ps -eo rss,unit,args --sort=-rss')} shows who has it; else give the host more"
    if share < limits.MEMORY_FAIL:
        return Verdict(FAIL, found, fix)
    return Verdict(WARN, found, fix) if share < limits.MEMORY_WARN else Verdict(OK, found)


def backup(about: About, fact: dict[str, Any] | None) -> Verdict:
    """How old the newest is. The bound is the one that `make verify` has."""
    if fact is None:
        return Verdict(FAIL, NO_CLUSTER, about.up)
    most = float(about.settings["database_backup_max_age_hours"])
    take = f"make backup {env(about.environment)}"
    if fact["error"]:
        fix = f"make status {env(about.environment)} shows which host is down; {about.up}"
        return Verdict(FAIL, f"the backups can't be read: {fact['error']}", fix)
    if fact["last"] is None:
        return Verdict(FAIL, "there is none", take)
    hours = (time.time() - fact["last"]) / 3600
    found = f"the newest of {fact['count']} is {plural(round(hours), 'hour')} old"
    if hours > most:
        return Verdict(FAIL, f"{found}; {most:.0f} is the bound", take)
    return (
        Verdict(WARN, f"{found}, so the next is late", take)
        if hours > most * limits.BACKUP_WARN
        else Verdict(OK, found)
    )


def restore(about: About, fact: dict[str, Any] | None) -> Verdict:
    """What was never restored is a hope. Half of a restore is worse."""
    if fact is None:
        return Verdict(FAIL, NO_CLUSTER, about.up)
    again = f"make restore TO=latest {env(about.environment)}"
    if fact["half"]:
        return Verdict(FAIL, f"a restore was left half done ({fact['half']})", again)
    if fact["error"] and not fact["restored"]:
        return Verdict(WARN, "not known, for the backups can't be read", again)
    since = fact["restored"] or fact["first"]
    days = 0 if since is None else int((time.time() - since) / 86400)
    found = f"restored {plural(days, 'day')} ago" if fact["restored"] else "never restored yet"
    if days > limits.RESTORE_WARN:
        return Verdict(
            WARN, f"{found}: nobody knows whether these backups are good", f"{again} (says what is lost, asks)"
        )
    return Verdict(OK, found)


def lock(about: About, fact: dict[str, Any] | None) -> Verdict:
    """The lock of deploys, which is on one of the hosts."""
    if fact is None:
        return Verdict(OK, "no deploy is at work")
    who = faults.described(fact["record"])
    if not fact["held"]:
        fix = f"make deploy {env(about.environment)}"
        return Verdict(WARN, f"left by {who}; its owner is gone, and what it had begun may be half done", fix)
    if fact["silent"] > SILENCE:
        fix = about.run("fuser -k /run/lock/shoestring-deploy.lock")
        return Verdict(FAIL, f"held for {who}, of which nothing was heard for {fact['silent']:.0f} s", fix)
    return Verdict(OK, f"held for {who}")


def units(about: About, fact: dict[str, list[str]]) -> Verdict:
    if fact["failed"]:
        fix = f"{about.logs(fact['failed'][0])} shows why; {about.up}"
        return Verdict(FAIL, f"failed: {listed(fact['failed'])}", fix)
    if fact["idle"]:
        return Verdict(FAIL, f"not armed: {listed(fact['idle'])}", about.up)
    return Verdict(OK, "none failed")

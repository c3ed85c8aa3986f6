"""Backups from the first day: by timers, encrypted, watched for their age; a dead bucket leaves no gap."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from ops import vault
from tests.hosts.site import Site
from tests.hosts.test_restore import insert, ledger

__all__ = ["ledger"]
BACKUP = "runuser -u postgres -- python3 -B /usr/local/lib/shoestring/database/backup.py"
UNITS = ("shoestring-backup-full.timer", "shoestring-backup-diff.timer")
HASTE = "/run/systemd/system/shoestring-backup@diff.service.d"


def info(site: Site) -> dict[str, Any]:
    told = site.ssh("data1", "runuser -u postgres -- pgbackrest --stanza=main --output=json info").stdout
    found: dict[str, Any] = json.loads(told)[0]
    return found


def test_the_verb_takes_one_and_says_what_it_is_good_for(site: Site) -> None:
    done = site.verb("backup", TYPE="diff")
    assert done.returncode == 0, done.stdout
    label = info(site)["backup"][-1]["label"]
    assert f"{label}: diff backup of " in done.stdout
    assert "make restore TO=latest" in done.stdout


def test_a_kind_that_is_none_is_refused(site: Site) -> None:
    done = site.verb("backup", TYPE="incremental")
    assert done.returncode == 1
    assert "TYPE=full (or diff, incr)" in done.stdout


def test_the_timers_are_armed_and_their_unit_works_in_its_sandbox(site: Site) -> None:
    listed = site.ssh("data1", "systemctl list-timers --no-legend shoestring-backup-*").stdout
    assert all(unit in listed for unit in UNITS), listed
    before = len(info(site)["backup"])
    done = site.ssh("data1", "systemctl start shoestring-backup@diff.service")
    assert done.returncode == 0, site.ssh("data1", "journalctl -u shoestring-backup@diff -n 20 --no-pager").stdout
    assert len(info(site)["backup"]) == before + 1
    told = site.ssh("data1", "systemd-analyze security --no-pager shoestring-backup@diff.service | tail -1").stdout
    assert float(told.split(":")[1].split()[0]) <= 4.0, told


def test_nothing_readable_reaches_the_bucket(site: Site) -> None:
    """Whoever has the bucket alone has neither names nor rows."""
    found = site.ssh("data1", "cd /srv/bucket/data/backups && grep -rlE 'predictions|PG_VERSION|pg_catalog' . | wc -l")
    assert found.stdout.strip() == "0"
    assert info(site)["cipher"] == "aes-256-cbc"
    passphrase = vault.read(site.environment.vault, vault.key())["vault_backup_passphrase"]
    assert len(passphrase) >= 32


def test_an_old_newest_backup_and_a_masked_timer_fail_verify(site: Site) -> None:
    young = site.ssh("data1", f"cd /; {BACKUP} check 1")
    assert young.returncode == 0, young.stderr
    old = site.ssh("data1", f"cd /; {BACKUP} check 0")
    assert old.returncode == 1
    assert "make backup" in old.stderr


@pytest.mark.full
def test_a_disarmed_timer_fails_verify_and_up_arms_it(site: Site) -> None:
    assert site.ssh("data1", f"systemctl disable --quiet --now {UNITS[1]}").returncode == 0
    try:
        done = site.playbook("verify")
        assert done.returncode != 0
        assert "A backup timer is not armed" in done.stdout
    finally:
        assert site.playbook("site", "--tags", "database").returncode == 0
    assert site.ssh("data1", f"systemctl is-active {UNITS[1]}").stdout.strip() == "active"


@pytest.mark.full
@pytest.mark.usefixtures("ledger")
def test_a_dead_bucket_stops_no_write_and_leaves_no_gap(site: Site) -> None:
    site.ssh("data1", "systemctl stop versitygw")
    # It tries nine times for as long as it waits for an answer: with the file's 10 s it gives up after two minutes.
    hasty = f'printf "[Service]\\nEnvironment=PGBACKREST_IO_TIMEOUT=1\\n" > {HASTE}/haste.conf'
    assert site.ssh("data1", f"mkdir -p {HASTE}; {hasty}; systemctl daemon-reload").returncode == 0
    try:
        for _ in range(4):
            insert(site)
            site.sql("select pg_switch_wal()")
        site.ssh("data1", "systemctl start --no-block shoestring-backup@diff.service")
        end = time.monotonic() + 400
        while site.ssh("data1", "systemctl is-failed --quiet shoestring-backup@diff.service").returncode:
            assert time.monotonic() < end, "a backup without a bucket does not fail"
            time.sleep(2)
        assert site.status()["result"] == "degraded", "a failed backup is to be seen"
        waiting = site.ssh("data1", "ls /var/lib/postgresql/17/main/pg_wal/archive_status").stdout.count(".ready")
        assert waiting >= 3
        settings = site.ssh("data1", "cat /etc/pgbackrest.conf").stdout
        assert "archive-push-queue-max=8GB" in settings
        assert "\nio-timeout=10\n" in settings, "this bounds how long a dead bucket holds a backup up"
    finally:
        site.ssh("data1", f"systemctl start versitygw; rm -r {HASTE}; systemctl daemon-reload")
    end = time.monotonic() + 180
    while (
        time.monotonic() < end
        and ".ready" in site.ssh("data1", "ls /var/lib/postgresql/17/main/pg_wal/archive_status").stdout
    ):
        time.sleep(2)
    done = site.ssh("data1", "systemctl start shoestring-backup@diff.service")
    assert done.returncode == 0
    plan = site.ssh(
        "data1", "cd /; runuser -u postgres -- python3 -B /usr/local/lib/shoestring/database/restore.py plan latest"
    )
    assert plan.returncode == 0, f"a gap: {plan.stderr}"

"""What a restore meets on a bad day: nothing half-done is ever served, and the same command again ends well."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.environment import ROOT
from tests.hosts.site import Site
from tests.hosts.test_restore import CLUSTERS, STORE, insert, ledger, rows, serves, started

pytestmark = pytest.mark.full
__all__ = ["ledger"]
RESTORE = ("-e", "restore_to=latest", "-e", "restore_yes=true")
SETVAL = re.compile(r"setval\('([\w.]+)', (\d+)")


def dump(site: Site) -> tuple[str, dict[str, int]]:
    """The whole service database as SQL, and its sequences apart: replay may skip up to 32 values, never repeat one."""
    text = site.ssh("data1", "cd /; runuser -u postgres -- pg_dump --no-comments service").stdout
    assert "COPY public.ledger" in text
    lines = [line for line in text.splitlines() if "setval" not in line and "restrict" not in line]
    return "\n".join(lines), {name: int(value) for name, value in SETVAL.findall(text)}


@pytest.mark.usefixtures("ledger")
def test_the_dump_after_a_restore_to_the_last_moment_equals_the_dump_before(site: Site) -> None:
    insert(site)
    content, sequences = dump(site)
    done = site.playbook("restore", *RESTORE)
    assert done.returncode == 0, done.stdout
    after, later = dump(site)
    # A prediction through the door is how the restore proves itself; its row is the only one that is new.
    assert set(content.splitlines()) - set(after.splitlines()) == set()
    assert len(set(after.splitlines()) - set(content.splitlines())) == 1
    assert {name: 0 <= later[name] - value <= 32 for name, value in sequences.items()} == dict.fromkeys(sequences, True)
    checked = site.ssh(
        "data1",
        "runuser -u postgres -- /usr/lib/postgresql/17/bin/pg_amcheck -d service --install-missing --heapallindexed",
    )
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr
    site.sql("drop extension amcheck")
    assert serves(site)


@pytest.mark.usefixtures("ledger")
def test_a_missing_wal_segment_is_named(site: Site) -> None:
    before = started(site)
    for _ in range(3):
        insert(site)
        site.sql("select pg_switch_wal()")
    segment = site.sql("select pg_walfile_name(pg_current_wal_lsn())")
    lost = f"{segment[:16]}{int(segment[16:], 16) - 2:08X}"
    time.sleep(3)
    path = site.ssh("data1", f"ls -d {STORE}/*/archive/main/*/*/{lost}-*").stdout.strip()
    assert path, "the segment was not shipped"
    site.ssh("data1", f"mv {path} /root/segment")
    try:
        done = site.playbook("restore", *RESTORE)
    finally:
        site.ssh("data1", f"mv /root/segment {path}")
    assert done.returncode != 0
    assert f"WAL segment {lost} is missing" in done.stdout
    assert started(site) == before


@pytest.mark.usefixtures("ledger")
def test_a_damaged_wal_segment_ends_in_the_old_cluster(site: Site) -> None:
    """Replay would take it for the end of the archive and lose what comes after without a word."""
    kept = [insert(site) for _ in range(3)]
    site.sql("select pg_switch_wal()")
    kept.append(insert(site))
    site.sql("select pg_switch_wal()")
    time.sleep(3)
    path = site.ssh("data1", f"ls -td {STORE}/*/archive/main/*/*/*.lz4").stdout.split()[1]
    site.ssh("data1", f"cp -a {path} /root/segment && truncate -s 0 {path}")
    try:
        done = site.playbook("restore", *RESTORE)
    finally:
        site.ssh("data1", f"mv /root/segment {path}")
    assert done.returncode != 0
    assert path.rpartition("/")[2].partition("-")[0] in done.stdout
    assert rows(site) == kept
    assert "restoring" not in site.ssh("data1", CLUSTERS).stdout
    assert serves(site)


@pytest.mark.parametrize("wrong", ["vault_backup_passphrase", "vault_bucket_backup"])
def test_a_wrong_key_is_called_so(site: Site, wrong: str) -> None:
    before = started(site)
    option = {"vault_backup_passphrase": "repo1-cipher-pass", "vault_bucket_backup": "repo1-s3-key-secret"}[wrong]
    site.ssh(
        "data1", f"cp -a /etc/pgbackrest.conf /root/conf && sed -i s/^{option}=.*/{option}=wrong/ /etc/pgbackrest.conf"
    )
    try:
        done = site.playbook("restore", *RESTORE)
    finally:
        site.ssh("data1", "mv /root/conf /etc/pgbackrest.conf")
    assert done.returncode != 0
    said = {"vault_backup_passphrase": "passphrase", "vault_bucket_backup": "refuses our key"}[wrong]
    assert said in done.stdout, done.stdout[-2000:]
    assert started(site) == before


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    "moment", ["Stop PostgreSQL", "examine what came of it", "Exchange the two", "as the role does"]
)
def test_a_killed_restore_is_mended_by_the_same_command_or_by_up(site: Site, moment: str) -> None:
    kept = insert(site)
    programs = Path(sys.executable).parent
    argv = [str(programs / "ansible-playbook"), "-i", str(site.environment.footprint), "ansible/restore.yml", *RESTORE]
    path = {**os.environ, "PYTHONUNBUFFERED": "1", "PATH": f"{programs}:{os.environ['PATH']}"}
    child = subprocess.Popen(argv, cwd=ROOT, env=path, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert child.stdout is not None
    for line in child.stdout:
        if moment in line:
            break
    else:
        pytest.fail(f"{shlex.join(argv)} has no task {moment!r}")
    time.sleep(1)
    child.send_signal(signal.SIGKILL)
    child.wait()
    if moment == "Exchange the two":
        done = site.playbook("restore", *RESTORE)
    else:
        # What was started on the host runs to its own end, and says so to whoever comes meanwhile.
        assert site.ssh("data1", "flock --wait 100 /var/lib/postgresql/17/.restore.lock true").returncode == 0
        done = site.playbook("site", "--tags", "database")
    assert done.returncode == 0, done.stdout
    assert kept in rows(site)
    assert "restoring" not in site.ssh("data1", CLUSTERS).stdout.split()
    assert serves(site)

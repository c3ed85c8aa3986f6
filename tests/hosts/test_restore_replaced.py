"""The data host is lost: a new, empty one gets its data back from the bucket alone. So is the bucket, in its turn."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import vault
from rehearsal.hosts import state
from rehearsal.hosts.machine import Machine
from tests.hosts import gcs
from tests.hosts.site import Site, recap
from tests.hosts.test_restore import serves

# It has hosts of its own, for it destroys them.
pytestmark = [pytest.mark.full, pytest.mark.timeout(3600)]

REHEARSAL = {
    "bridge": "shoetestb",
    "subnet4": "10.79.3.0/24",
    "subnet6": "fd79:5705:3::/64",
    "hosts": [
        {"name": "app1", "address": "10.79.3.11", "groups": ["proxy", "service", "bucket"]},
        {"name": "data1", "address": "10.79.3.21", "groups": ["database"]},
    ],
}
RPO = 60  # seconds: what was acknowledged earlier than this before the loss is there afterwards
INFO = "runuser -u postgres -- pgbackrest --stanza=main info"
# Rows one by one, each printed with its time once its commit was acknowledged.
WRITER = (
    'end=$(($(date +%s) + 72)); while [ "$(date +%s)" -lt "$end" ]; do '
    'runuser -u postgres -- psql -AtXq -d service -c "insert into public.ledger default values returning id"; '
    "date +%s; sleep 0.5; done"
)


@pytest.fixture(scope="module")
def pair(_vault_key: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The database alone on its host; everything else on the other."""
    directory = tmp_path_factory.mktemp("stacks") / "test-replace"
    directory.mkdir()
    (directory / "rehearsal.yml").write_text(yaml.safe_dump(REHEARSAL))
    site = Site(directory)
    site.verb("down")
    try:
        site.must("up")
        yield site
    finally:
        site.must("down")


def lose(site: Site, host: str) -> None:
    """The host's disk and its power go at once."""
    environment = state.Environment(site.environment.name)
    Machine(environment.name, environment.host(host), print).destroy()


def test_a_replaced_host_gets_everything_older_than_a_minute_back(pair: Site) -> None:
    pair.sql("create table public.ledger (id serial primary key, at timestamptz default now())")
    written = pair.ssh("data1", f"cd /; {WRITER}").stdout.split()
    lost_at = time.time()
    lose(pair, "data1")
    acknowledged = dict(zip(map(int, written[::2]), map(int, written[1::2]), strict=True))
    due = {key for key, at in acknowledged.items() if at < lost_at - RPO}
    assert len(due) > 10

    up = pair.verb("up")
    assert up.returncode == 1, "an empty cluster would have been archived over the old one's backups"
    assert "make restore TO=latest ENV=test-replace" in up.stdout, up.stdout[-2000:]
    assert pair.ssh("data1", "ls -A /var/lib/postgresql/17").stdout.split() == [".restore.lock"]

    began = time.monotonic()
    done = pair.verb("restore", TO="latest", YES="1")
    assert done.returncode == 0, done.stdout
    assert "when the last WAL was shipped" in done.stdout, "it is not said what is lost"
    back = {int(each) for each in pair.sql("select id from public.ledger").split()}
    assert due <= back, f"lost although older than {RPO} s: {sorted(due - back)}"
    assert time.monotonic() - began < 600
    assert serves(pair)


def test_an_empty_host_is_restored_without_up_before_it(pair: Site) -> None:
    rows = pair.sql("select count(*) from public.ledger")
    pair.sql("select pg_switch_wal()")
    time.sleep(5)
    lose(pair, "data1")
    pair.must("hosts")
    done = pair.verb("restore", TO="latest", YES="1")
    assert done.returncode == 0, done.stdout
    assert pair.sql("select count(*) from public.ledger") == rows
    pair.must("up")
    again = pair.playbook("site")
    assert {name: host.changed for name, host in recap(again.stdout).items()} == {"app1": 0, "data1": 0}, again.stdout


@contextmanager
def backed_up(pair: Site, bucket: dict[str, Any]) -> Iterator[None]:
    """Backups go to that bucket for as long as the block lasts."""
    file = pair.environment.footprint
    before = file.read_text()
    footprint = yaml.safe_load(before)
    footprint["buckets"]["backups"] = {**bucket, "prefix": "elsewhere/database"}
    file.write_text(yaml.safe_dump(footprint))
    try:
        done = pair.playbook("site", "--tags", "host,certificates,database")
        assert done.returncode == 0, done.stdout
        yield
    finally:
        file.write_text(before)
        done = pair.playbook("site", "--tags", "host,certificates,database")
    assert done.returncode == 0, done.stdout


def one_row_comes_back(pair: Site) -> None:
    """A row that was written since the first backup there is restored from it."""
    pair.sql("create table if not exists public.ledger (id serial primary key, at timestamptz default now())")
    row = int(pair.sql("insert into public.ledger default values returning id"))
    done = pair.playbook("restore", "-e", "restore_to=latest", "-e", "restore_yes=true")
    assert done.returncode == 0, done.stdout
    assert pair.sql(f"select count(*) from public.ledger where id = {row}") == "1"  # noqa: S608 - a number


def test_a_bucket_by_the_s3_protocol_elsewhere_is_written_and_restored_from(pair: Site) -> None:
    """Kind s3 as a company's own object store is given: endpoint, authority, path style and a key in the vault."""
    ca = (pair.environment.state / "ca.pem").read_text()
    bucket = {"kind": "s3", "name": "backups", "region": "us-east-1", "path_style": True, "ca_pem": ca}
    bucket |= {"endpoint": "https://10.79.3.11:7070", "credentials": "vault:vault_bucket_backup"}
    with backed_up(pair, bucket):
        stored = pair.ssh("app1", "ls /srv/bucket/data/backups/elsewhere/database/backup/main").stdout
        assert len([name for name in stored.split() if name.endswith("F")]) == 1, "the first backup was not taken there"
        one_row_comes_back(pair)


def test_a_bucket_at_google_is_written_and_restored_from(pair: Site, tmp_path: Path) -> None:
    """Kind gcs with a service account: its key signs for a token, and the token opens the emulated bucket."""
    key, file = vault.key(), pair.environment.vault
    secrets = vault.read(file, key)
    with gcs.serving("10.79.3.1", "acme-backups", tmp_path) as google:
        vault.write(file, {**secrets, "vault_google_key": google.account()}, key)
        bucket = {"kind": "gcs", "name": "acme-backups", "endpoint": google.endpoint, "ca_pem": google.ca}
        with backed_up(pair, {**bucket, "credentials": "vault:vault_google_key"}):
            one_row_comes_back(pair)
            stored = google.objects("acme-backups")
            assert any(name.endswith("/backup.manifest") for name in stored), stored[:20]
            assert any("/archive/main/" in name and name.endswith(".lz4") for name in stored), "no WAL was archived"
            assert all(name.startswith("elsewhere/database/") for name in stored), "the prefix keeps environments apart"
        vault.write(file, secrets, key)


def test_a_lost_bucket_is_filled_again_by_up(pair: Site) -> None:
    pair.ssh("app1", "systemctl stop versitygw && rm -rf /srv/bucket/data /srv/bucket/versions")
    pair.must("up")
    told = pair.ssh("data1", INFO).stdout
    assert told.count("full backup:") == 1, told
    models = pair.ssh("app1", "find /srv/bucket/data/artifacts/models -type f | wc -l").stdout
    assert int(models) > 1, "the models were not published again"
    assert serves(pair)


def test_exactly_as_many_backups_are_kept_as_are_wanted_and_the_oldest_is_restorable(pair: Site) -> None:
    pair.sql("create table public.kept as select 1 as x")
    keep = ("-e", "database_backup_keep_full=2")
    assert pair.playbook("site", "--tags", "host,certificates,database", *keep).returncode == 0
    for _ in range(3):
        assert (
            pair.ssh(
                "data1", "runuser -u postgres -- python3 -B /usr/local/lib/shoestring/database/backup.py full"
            ).returncode
            == 0
        )
    told = pair.ssh("data1", f"{INFO} --output=json").stdout
    fulls = [each for each in json.loads(told)[0]["backup"] if each["type"] == "full"]
    assert len(fulls) == 2, told
    oldest = datetime.fromtimestamp(fulls[0]["timestamp"]["stop"] + 1, UTC)
    done = pair.verb("restore", TO=oldest.isoformat(), YES="1")
    assert done.returncode == 0, done.stdout
    assert pair.sql("select x from public.kept") == "1"

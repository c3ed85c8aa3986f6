"""A restore brings back what was asked for and no more, refuses what is not whole, and leaves the service answering."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest

from tests.hosts.site import Site
from tests.hosts.test_requests import FLIGHT

STORE = "/srv/bucket/data/backups"
CLUSTERS = "ls /var/lib/postgresql/17"


@pytest.fixture
def ledger(site: Site) -> Iterator[None]:
    """A table of the test's own."""
    site.sql("drop table if exists public.ledger; create table public.ledger (id serial primary key, at timestamptz)")
    yield
    site.sql("drop table if exists public.ledger")


def insert(site: Site) -> int:
    """A row whose commit was acknowledged; its id."""
    return int(site.sql("insert into public.ledger (at) values (now()) returning id"))


def rows(site: Site) -> list[int]:
    return [int(each) for each in site.sql("select id from public.ledger order by id").split()]


def started(site: Site) -> str:
    return site.sql("select pg_postmaster_start_time()")


def newest(site: Site) -> str:
    """The label of the full backup that the newest backup rests on."""
    told = site.ssh("data1", "runuser -u postgres -- pgbackrest --stanza=main --output=json info").stdout
    return str(json.loads(told)[0]["backup"][-1]["label"])[:16]


def now(site: Site) -> str:
    """The database host's clock in RFC 3339, to the microsecond."""
    return site.ssh("data1", "date --utc +%Y-%m-%dT%H:%M:%S.%6NZ").stdout.strip()


def serves(site: Site) -> bool:
    status, answer = site.predict([FLIGHT])
    identifier = answer["predictions"][0]["id"]
    found = f"select count(*) from service.predictions where id = \\$\\${identifier}\\$\\$"  # noqa: S608 - our own
    end = time.monotonic() + 30
    while time.monotonic() < end and site.sql(found) != "1":
        time.sleep(0.5)
    return status == 200 and site.sql(found) == "1"


@pytest.mark.usefixtures("ledger")
def test_a_time_between_two_commits_has_the_first_and_not_the_second(site: Site) -> None:
    first = insert(site)
    time.sleep(0.2)
    between = now(site)
    time.sleep(0.2)
    insert(site)
    done = site.verb("restore", TO=between, YES="1")
    assert done.returncode == 0, done.stdout
    # One of ours; PostgreSQL's own analyze of a table may have committed another.
    assert re.search(r": [12] transactions, the last at", done.stdout), (
        f"it is not said what would be lost: {done.stdout}"
    )
    assert rows(site) == [first]
    assert site.sql("select pg_is_in_recovery()") == "f"
    assert site.sql("select count(*) from pg_extension where extname = \\$\\$amcheck\\$\\$") == "0"
    assert set(site.ssh("data1", CLUSTERS).stdout.split()) & {"restoring", "replaced", "restore.json"} == set()
    assert serves(site)
    assert insert(site) > first, "the sequence would give a value a second time"


@pytest.mark.usefixtures("ledger")
def test_a_damaged_object_is_named_and_nothing_is_replaced(site: Site) -> None:
    kept, before = insert(site), started(site)
    pick = f"find {STORE}/*/backup/main/{newest(site)}/pg_data/base -name *.lz4 -size +10k"
    damaged = sorted(site.ssh("data1", pick).stdout.split())[0]
    site.ssh("data1", f"cp -a {damaged} /root/kept && printf XXXX | dd of={damaged} bs=1 seek=99 conv=notrunc")
    try:
        done = site.playbook("restore", "-e", "restore_to=latest", "-e", "restore_yes=true")
    finally:
        assert site.ssh("data1", f"mv /root/kept {damaged}").returncode == 0
    assert done.returncode != 0
    assert damaged.partition("/backup/main/")[2] in done.stdout
    assert (rows(site), started(site)) == ([kept], before), "the database was touched"
    assert "restoring" not in site.ssh("data1", CLUSTERS).stdout


@pytest.mark.parametrize("target", ["", "yesterday", "2026-11-24", "2026-11-24T10:00:00", "2126-01-01T00:00:00Z"])
def test_a_target_that_is_none_is_refused_before_anything_is_asked(site: Site, target: str) -> None:
    done = site.verb("restore", TO=target, YES="1")
    assert done.returncode == 1
    assert "with its zone" in done.stdout
    assert "make restore TO=latest" in done.stdout

"""Ten deploys under load, and from there back: to the release before, further, to a named one; each on record once."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.hosts.releases import load
from tests.hosts.releases.load import Load
from tests.hosts.releases.test_deploy import SERVICE, lost, served, settled
from tests.hosts.site import Site

pytestmark = pytest.mark.full


@dataclass
class Ten:
    """What came of ten deploys in a row. `ids`: what served before them, and after each."""

    ids: list[str]
    seen: Load


@pytest.fixture(scope="module")
def ten(site: Site) -> Iterator[Ten]:
    """The last of them serves; afterwards the site's own release does."""
    ids = [*served(site)]
    with load.steady(site) as seen:
        for number in range(10):
            deploy(site, f"number {number}")
            ids += served(site)
    yield Ten(ids, seen)
    site.must("deploy")


def deploy(site: Site, what: str) -> None:
    """A release that there never was."""
    settings = {"service_environment": {"TRIAL": f"{what} {time.time_ns()}"}}
    done = site.playbook("deploy", "-e", json.dumps(settings))
    assert done.returncode == 0, done.stdout


def test_ten_deploys_lose_nothing_and_five_are_kept(site: Site, ten: Ten) -> None:
    assert not (wrong := lost(site, ten.seen, 10_000)), wrong
    assert len(set(ten.ids)) == 11
    assert ten.seen.releases == set(ten.ids)
    for host in SERVICE:
        assert sorted(site.ssh(host, "ls /opt/shoestring/releases").stdout.split()) == sorted(ten.ids[-5:])


def lines(site: Site, host: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in site.ssh(host, "cat /opt/shoestring/deploys.jsonl").stdout.splitlines()]


def test_back_and_back_again_and_to_a_named_one(site: Site, ten: Ten) -> None:
    first, second, third = ten.ids[-3:]
    ways: list[tuple[dict[str, str], str]] = [({}, second), ({}, first), ({"TO": third}, third)]
    ways.append(({"TO": second[:-1]}, second))
    with load.steady(site) as seen:
        for words, target in ways:
            done = site.verb("rollback", **words)
            assert done.returncode == 0, done.stdout
            assert f"release {target}" in done.stdout
            assert served(site) == {target}
        while len(seen.ids) < 3000:
            time.sleep(0.5)
    assert not (wrong := lost(site, seen, 3000)), wrong
    assert all(settled(site, host) for host in SERVICE)


def test_each_change_is_on_its_host_and_once_in_the_database(site: Site, ten: Ten) -> None:
    rows = site.sql("select id, host, action, release from shoestring.deploys order by id").splitlines()
    found = {host: lines(site, host) for host in SERVICE}
    wanted = [f"{line['id']}|{host}|{line['action']}|{line['release']}" for host in SERVICE for line in found[host]]
    assert set(wanted) <= set(rows)
    assert len(rows) == len(set(rows))
    last = found["app2"][-1]
    assert (last["action"], last["release"], last["before"]) == ("rollback", ten.ids[-2], ten.ids[-1])
    assert [line["release"] for line in found["app2"]][-14:-4] == ten.ids[1:]
    assert {"wheel_sha256", "model_sha256", "settings_sha256", "by", "from", "at", "seconds"} <= last.keys()


@pytest.mark.usefixtures("ten")
def test_what_is_not_there_is_said_with_what_is_and_nothing_changes(site: Site) -> None:
    before = served(site)
    done = site.verb("rollback", TO="1.2.3-nothing")
    assert done.returncode != 0
    assert (
        f"There is no release 1.2.3-nothing on this host. This host has {', '.join(sorted(_kept(site)))}" in done.stdout
    )
    assert "make deploy VERSION=1.2.3-nothing" in done.stdout
    assert served(site) == before


@pytest.mark.usefixtures("ten")
def test_a_release_that_one_host_lacks_is_no_way_back(site: Site) -> None:
    """The first host goes back to one that the other has not: the other would serve what nobody meant."""
    (first,) = served(site)
    deploy(site, "last")
    before = served(site)
    assert site.ssh("app2", f"mv /opt/shoestring/releases/{first} /opt/shoestring/away").returncode == 0
    try:
        done = site.verb("rollback")
        assert done.returncode != 0
        assert f"There is no release {first} on app2" in done.stdout
        assert served(site) == before
        assert all(settled(site, host) for host in SERVICE)
    finally:
        assert site.ssh("app2", f"mv /opt/shoestring/away /opt/shoestring/releases/{first}").returncode == 0
    with _forgetful(site, "app2"):  # it follows the first, even with its own record lost
        done = site.verb("rollback")
    assert done.returncode == 0, done.stdout
    assert served(site) == {first}


@pytest.mark.usefixtures("ten")
def test_where_there_is_nothing_to_go_back_to_that_is_said(site: Site) -> None:
    """As after the first deploy."""
    before = served(site)
    with _forgetful(site, *SERVICE):
        done = site.verb("rollback")
    assert done.returncode != 0
    assert "There is nothing to go back to" in done.stdout
    assert served(site) == before


@contextmanager
def _forgetful(site: Site, *hosts: str) -> Iterator[None]:
    """The hosts' records know of the last change alone."""
    record = "/opt/shoestring/deploys.jsonl"
    for host in hosts:
        assert site.ssh(host, f"cp -p {record} {record}.kept; tail -n 1 {record}.kept >{record}").returncode == 0
    try:
        yield
    finally:
        for host in hosts:
            assert site.ssh(host, f"tail -n +2 {record} >>{record}.kept; mv {record}.kept {record}").returncode == 0


def _kept(site: Site) -> list[str]:
    return site.ssh("app1", "ls /opt/shoestring/releases").stdout.split()

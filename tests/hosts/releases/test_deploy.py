"""Whatever is done about releases, nobody outside notices: of steady requests none is lost, none is logged twice."""

from __future__ import annotations

import time

import pytest

from tests.hosts.releases import load
from tests.hosts.releases.load import Load
from tests.hosts.releases.trial import Trial
from tests.hosts.site import Site

SERVICE = ("app1", "app2")


def lost(site: Site, seen: Load, least: int) -> str:
    """What went wrong with the requests, and that there were enough of them to say so."""
    assert len(seen.ids) >= least, "too few requests to say anything"
    assert seen.late < 5, "the load did not keep its rate"
    return "\n".join(seen.lost[:10]) or load.logged(site, seen)


def served(site: Site) -> set[str]:
    """What the hosts serve."""
    return {site.ssh(host, "basename $(readlink /opt/shoestring/current)").stdout.strip() for host in SERVICE}


def settled(site: Site, host: str) -> bool:
    """Within a while: nothing runs but the release that serves, none is half there, the host is in the balancer."""
    end = time.monotonic() + 40
    while True:
        units = site.ssh(host, "systemctl list-units --plain --no-legend --all shoestring-service@*").stdout
        release = site.ssh(host, "basename $(readlink /opt/shoestring/current)").stdout.strip()
        if [line.split()[0] for line in units.splitlines()] == [f"shoestring-service@{release}.service"]:
            break
        if time.monotonic() > end:
            return False
        time.sleep(0.5)
    hidden = site.ssh(host, "cd /opt/shoestring; find releases environments -mindepth 1 -maxdepth 1 -name .*")
    out = site.ssh("app1", "ls /run/shoestring-balancer").stdout.split()
    return hidden.stdout == "" and host not in out


def test_a_deploy_and_a_rollback_lose_nothing(site: Site) -> None:
    before = served(site)
    with load.steady(site) as seen:
        done = site.playbook("deploy", "-e", '{"service_environment": {"TRIAL": "under load"}}')
        assert done.returncode == 0, done.stdout
        assert served(site) != before
        done = site.verb("rollback")
        assert done.returncode == 0, done.stdout
    assert not (wrong := lost(site, seen, 1000)), wrong
    assert served(site) == before
    assert len(seen.releases) == 2, "the new release answered nobody"
    assert all(settled(site, host) for host in SERVICE)


# What makes the deploy fail, and what it has to say of that.
WAYS = {
    "import": "No module named 'nothing_that_is_installed'",
    "never": "not ready within 30 s; the last answer of /readyz was status 503",
    "wrong": "expected",
    "slow": "too slow: 95th percentile of 20 plays",
    "dies": "died (exit-code) after it had taken traffic",
}


@pytest.mark.full
@pytest.mark.parametrize("way", WAYS)
def test_a_bad_release_never_takes_traffic(site: Site, trial: Trial, way: str) -> None:
    before = served(site)
    with load.steady(site) as seen:
        done = trial.deploy(way, service_ready_seconds=30)
        time.sleep(1)
    assert done.returncode != 0
    assert WAYS[way] in done.stdout
    assert f"({next(iter(before))}) goes on serving there" in done.stdout
    assert served(site) == before
    assert seen.releases == before
    assert not (wrong := lost(site, seen, 300)), wrong
    assert all(settled(site, host) for host in SERVICE)

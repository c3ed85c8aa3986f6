"""Hosts that reboot or lose their power come back by themselves and bring every acknowledged prediction with them.

A power cut here is SIGKILL of all of a host's processes: it tests recovery from a crash, not the disk's own cache.
"""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from ops.environment import ROOT
from tests.hosts.ledger import Ledger
from tests.hosts.site import Site, recap

pytestmark = pytest.mark.full

SERVING_SECONDS = 60
HOSTS = ("app1", "app2", "data1")


def _power(site: Site, verb: str, *hosts: str) -> None:
    argv = [sys.executable, "-B", "-m", "rehearsal.hosts", verb, *hosts, "--environment", site.environment.name]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def _through(site: Site, hosts: tuple[str, ...], *verbs: str) -> None:
    """Does that to the hosts under a load of predictions, and asks for all that they should be afterwards."""
    with Ledger(site) as ledger:
        ledger.grow(100, 30)
        for verb in verbs:
            begun = time.monotonic()  # of the last one, which gives the power back
            _power(site, verb, *hosts)
        ledger.grow(100, SERVING_SECONDS - (time.monotonic() - begun))
    end = begun + SERVING_SECONDS
    for host in hosts:
        while (said := site.ssh(host, "systemctl is-system-running").stdout.strip()) != "running":
            assert time.monotonic() < end, f"{host} is {said}: {site.ssh(host, 'systemctl list-units --failed').stdout}"
            time.sleep(1)
    lost = ledger.lost(30)
    assert not lost, f"{len(lost)} of {len(ledger.ids)} acknowledged predictions have no row"
    done = site.playbook("site", *(("--limit", ",".join(hosts)) if len(hosts) < len(HOSTS) else ()))
    assert done.returncode == 0, done.stdout
    assert {name: host.changed for name, host in recap(done.stdout).items()} == dict.fromkeys(hosts, 0), done.stdout


def test_all_hosts_lose_their_power_at_once(site: Site) -> None:
    _through(site, HOSTS, "kill", "start")
    assert site.status()["result"] == "ok"


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_loses_its_power(site: Site, host: str) -> None:
    _through(site, (host,), "kill", "start")


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_reboots(site: Site, host: str) -> None:
    _through(site, (host,), "reboot")


def test_the_database_stays_away_for_a_while(site: Site) -> None:
    """Half a minute without it under load: predictions go on, and their rows are written when it is back."""
    with Ledger(site) as ledger:
        ledger.grow(50, 30)
        _power(site, "kill", "data1")
        time.sleep(30)
        ledger.grow(50, 10)
        _power(site, "start", "data1")
        ledger.grow(50, 30)
    lost = ledger.lost(60)
    assert not lost, f"{len(lost)} of {len(ledger.ids)} acknowledged predictions have no row"

"""What is done to hosts that serve, and what happens to them while a release comes: no request is lost meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.hosts import killing, unguarded
from tests.hosts.releases import load
from tests.hosts.releases.test_deploy import SERVICE, lost, served, settled
from tests.hosts.releases.trial import Trial
from tests.hosts.site import Site

pytestmark = pytest.mark.full

RENEW = '{"certificates_renew_days": 730}'  # all that a new leaf has
# A host's disk becomes 40 MB of memory with all that the running release needs in it, until `umount`.
SMALL_DISK = """
set -eu
release=$(basename $(readlink /opt/shoestring/current))
mkdir -p /run/small && mount -t tmpfs -o size=40m small /run/small
mkdir -p /run/small/environments /run/small/releases
cp -a /opt/shoestring/current /opt/shoestring/deploys.jsonl /run/small/
cp -a /opt/shoestring/releases/$release /run/small/releases/
mount --bind /opt/shoestring/environments /run/small/environments
mount --rbind /run/small /opt/shoestring
"""
LARGE_DISK = "umount --lazy /opt/shoestring; umount --lazy --recursive /run/small"
# The host answers nobody at its SSH port for a while; what it serves goes on.
UNREACHABLE = f"""
set -eu
until ls -d /opt/shoestring/releases/.*.partial >/dev/null 2>&1; do sleep 0.05; done
{unguarded.STOP}
nft add table inet trial
nft "add chain inet trial input {{ type filter hook input priority -50; }}"
systemd-run --quiet --collect --on-active=%d sh -c "nft delete table inet trial; {unguarded.START}"
nft add rule inet trial input tcp dport 22 drop
"""


def test_certificates_are_renewed(site: Site) -> None:
    """Without a reload, at which nginx closes idle connections: a client far away may just be using one."""
    served = "openssl s_client -connect 127.0.0.1:8443 </dev/null 2>/dev/null | openssl x509 -noout -serial"
    on_disk = "openssl x509 -in /etc/shoestring/tls/host.pem -noout -serial"
    workers = "pgrep --parent $(cat /run/nginx.pid)"
    asked = "; ".join((served, on_disk, workers))
    before = {host: site.ssh(host, asked).stdout.split() for host in SERVICE}
    with load.steady(site) as seen:
        while len(seen.ids) < 3000:
            done = site.playbook(
                "site", "--tags", "certificates,nginx,proxy,service", "--limit", "service", "-e", RENEW
            )
            assert done.returncode == 0, done.stdout
    for host, (old, _, *processes) in before.items():
        now, kept, *after = site.ssh(host, asked).stdout.split()
        assert now == kept != old
        assert after == processes, "nginx was reloaded"
    assert not (wrong := lost(site, seen, 3000)), wrong


def test_a_service_host_reboots(site: Site) -> None:
    """The one that has the public door is not rebooted with the others, only by its name."""
    up = "systemctl show --property=UserspaceTimestampMonotonic"
    before = {host: site.ssh(host, up).stdout for host in SERVICE}
    with load.steady(site) as seen:
        done = site.verb("reboot")
        assert done.returncode == 0, done.stdout
        time.sleep(1)
    assert [host for host in SERVICE if site.ssh(host, up).stdout != before[host]] == ["app2"]
    assert not (wrong := lost(site, seen, 500)), wrong


def test_a_host_is_lost_while_the_release_is_copied(site: Site, trial: Trial) -> None:
    before = served(site)
    with load.steady(site) as seen, ThreadPoolExecutor() as pool:
        losing = pool.submit(site.ssh, "app2", UNREACHABLE % 50)  # as soon as a part of the release is there
        done = trial.deploy("")
    assert losing.result().returncode in (0, 255), losing.result().stderr
    assert done.returncode != 0
    assert "app2" in done.stdout.rpartition("PLAY RECAP")[2]
    assert "unreachable=1" in done.stdout
    assert not (wrong := lost(site, seen, 1000)), wrong
    _found(site, "app2")
    assert served(site) == before


def _found(site: Site, host: str) -> None:
    end = time.monotonic() + 60
    while site.ssh(host, "true").returncode != 0:
        assert time.monotonic() < end, f"{host} does not come back"
        time.sleep(1)


@pytest.mark.parametrize(
    ("megabytes", "says"),
    [(200, "MB free, and 200 have to be"), (0, "(/opt/shoestring had 0 MB free)")],
    ids=["seen", "met"],
)
def test_a_full_disk(site: Site, trial: Trial, megabytes: int, says: str) -> None:
    before = served(site)
    assert site.ssh("app2", SMALL_DISK).returncode == 0
    try:
        if not megabytes:
            fill = (
                "fallocate -l $(($(stat --file-system --format=%a*%S /opt/shoestring) - 100000)) /opt/shoestring/filler"
            )
            assert site.ssh("app2", fill).returncode == 0
        with load.steady(site) as seen:
            done = trial.deploy("", service_disk_megabytes=megabytes)
        left = site.ssh("app2", "ls -A /opt/shoestring/releases").stdout.split()
    finally:
        assert site.ssh("app2", LARGE_DISK).returncode == 0
    assert done.returncode != 0
    assert says in done.stdout
    assert set(left) == before, "what was half brought still fills the disk"
    assert served(site) == before
    assert not (wrong := lost(site, seen, 300)), wrong


def test_what_is_in_flight_is_finished_and_what_outlasts_the_drain_gets_an_answer(site: Site, trial: Trial) -> None:
    """Requests of a second go on through two switches; one of half a minute is cut after the drain, by a 504."""
    drain = {"service_drain_seconds": 8}
    assert trial.deploy("", **drain).returncode == 0
    short: list[int] = []
    long: list[int] = []
    stop = threading.Event()

    def ask(path: str, seen: list[int]) -> None:
        while not stop.is_set():
            seen.append(site.ask(path)[0])

    clients = [threading.Thread(target=ask, args=("/trial/1", short)) for _ in range(6)]
    clients += [threading.Thread(target=ask, args=("/trial/25", long)) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        assert trial.deploy("", service_environment={"TRIAL_WAY": "", "TRIAL": "again"}, **drain).returncode == 0
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert len(short) > 30
    assert set(short) == {200}
    assert long
    assert set(long) <= {503, 504}, "a client can't tell a reset connection from a fault of its own"
    assert all(settled(site, host) for host in SERVICE)


@pytest.mark.usefixtures("trial")
def test_the_controller_is_killed_and_the_host_comes_back_into_the_balancer_by_itself(
    site: Site, tmp_path: Path
) -> None:
    """Killed while app1 is out: it serves again when its lease is over, and the next deploy has nothing in its way."""
    log = tmp_path / "log"
    given = '{"service_environment": {"TRIAL": "lease"}, "service_lease_seconds": 8}'
    with load.steady(site) as seen:
        code = killing.playbook(site, log, "deploy", "-e", given, cut="play the canary set")
        assert code == killing.KILLED, log.read_text()
        assert site.ssh("app1", "ls /run/shoestring-balancer").stdout.split() == ["app1"]
        time.sleep(10)
        assert site.ssh("app1", "ls /run/shoestring-balancer").stdout.split() == []
        done = site.playbook("deploy", "-e", given)
        assert done.returncode == 0, done.stdout
    assert not (wrong := lost(site, seen, 1000)), wrong
    assert all(settled(site, host) for host in SERVICE)

"""Real hosts: what one finds on them, what clashes, and what is left when they go."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.hosts import mirror
from tests.rehearsal.kit import BRIDGE, ENVIRONMENT, FILE, HOSTS, Rehearsal, found, traces

pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="hosts need root on Linux: sudo make test"),
]


def test_hosts_are_whole_servers(running: Rehearsal) -> None:
    answer = running.run("create")
    assert [(h["name"], h["address"], h["state"]) for h in answer["hosts"]] == [
        (name, address, "running") for name, address in HOSTS.items()
    ]
    assert (answer["bridge"], answer["gateway4"]) == (BRIDGE, "10.79.64.1")
    checks = """systemctl is-system-running --wait; sudo id -u; hostname; ls /etc/ssh/*_key
        sudo passwd -S root | cut -d" " -f2
        ping -c1 -W2 {peer} >&2 && ping -c1 -W2 fd79:5705:64::1 >&2 && echo reached
        cat /etc/machine-id"""
    identities = set()
    for host, peer in (("h1", HOSTS["h2"]), ("h2", "fd79:5705:64::b")):
        *said, identity = running.ssh(host, checks.format(peer=peer)).splitlines()
        assert said == ["running", "0", host, "/etc/ssh/ssh_host_ed25519_key", "L", "reached"]
        identities.add(identity)
    assert len(identities) == len(HOSTS)


def test_each_host_has_control_groups_of_its_own(running: Rehearsal) -> None:
    group = "/sys/fs/cgroup/system.slice/ssh.service/cgroup.procs"
    inside = f"cat {group}; systemctl show ssh --property=MainPID --value"
    for host in HOSTS:
        assert len(set(running.ssh(host, inside).split())) == 1, "a foreign process shows as 0"


def test_create_again_changes_nothing(running: Rehearsal) -> None:
    before = {host: found(host).everything for host in HOSTS}
    leaders = {host: found(host).leaders for host in HOSTS}
    running.run("create")
    assert {host: found(host).leaders for host in HOSTS} == leaders
    assert all(set(found(host).supervisors) <= set(before[host]) for host in HOSTS)


def test_packages_come_from_the_mirror_and_serve_the_next_host(running: Rehearsal) -> None:
    running.ssh("h1", "sudo apt-get -q update && sudo apt-get -qy install --no-install-recommends tree")
    running.run("destroy")
    running.run("create")
    running.ssh("h2", "sudo apt-get -q update && sudo apt-get -qy install --no-download tree && tree --version")


def test_the_guests_mirror_is_the_controllers(running: Rehearsal) -> None:
    ours = mirror.read_controller()
    if ours is None:
        pytest.skip("this machine's apt names no Debian archive; hosts use mmdebstrap's default")
    text = running.ssh("h1", "cat /etc/apt/sources.list.d/debian.sources")
    assert mirror.choose(mirror.parse_deb822(text), "debian") == ours


def test_a_changed_key_lets_the_new_one_in(running: Rehearsal) -> None:
    old = (running.directory / "key.pub").read_text()
    for path in running.directory.glob("key*"):
        path.unlink()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", running.directory / "key"], check=True)
    running.run("create")
    assert old not in running.ssh("h1", "cat .ssh/authorized_keys")


def test_a_key_that_was_rotated_over_ssh_restarts_nothing(running: Rehearsal) -> None:
    """`make up` after `make rotate SECRET=ssh`: the hosts have the new key, and people use them."""
    booted = {host: running.ssh(host, "cat /proc/sys/kernel/random/boot_id") for host in ("h1", "h2")}
    key = running.directory / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{key}.new"], check=True)
    public = Path(f"{key}.new.pub").read_text().strip()
    for host in booted:
        running.ssh(host, f"echo '{public}' > .ssh/authorized_keys")
    for suffix in ("", ".pub"):
        Path(f"{key}.new{suffix}").rename(f"{key}{suffix}")
    running.run("create")
    assert {host: running.ssh(host, "cat /proc/sys/kernel/random/boot_id") for host in booted} == booted


def test_clashes_are_refused_before_anything_is_made(running: Rehearsal) -> None:
    other = "rehearsal-test-other"
    foreign = "shoet8"
    subprocess.run(["ip", "link", "add", foreign, "type", "bridge"], check=True)
    try:
        subprocess.run(["ip", "address", "add", "10.79.69.1/24", "dev", foreign], check=True)
        free = {"bridge": "shoet7", "subnet4": "10.79.67.0/24", "subnet6": "fd79:5705:67::/64"}
        host = [{"name": "h1", "address": "10.79.67.11", "groups": ["service"]}]
        for change, named in (
            ({"bridge": foreign}, foreign),
            ({"subnet4": "10.79.69.0/24"}, "10.79.69"),
            ({"bridge": BRIDGE}, ENVIRONMENT),
            ({"subnet6": FILE["subnet6"]}, ENVIRONMENT),
        ):
            file = free | {"hosts": host} | change
            address = str(file["subnet4"]).replace("0/24", "11")
            file["hosts"] = [{"name": "h1", "address": address, "groups": ["service"]}]
            error = running.refused("create", environment=other, file=running.write(file, "other.yml"))
            assert named in error
            assert running.run("list", environment=other)["hosts"] == []
            assert not Path("/sys/class/net/shoet7").exists()
    finally:
        subprocess.run(["ip", "link", "delete", foreign], check=True)
    moved = running.write(FILE | {"bridge": "shoet7"}, "moved.yml")
    assert "begin anew" in running.refused("create", file=moved), "a bridge is not moved under running hosts"


def test_unknown_hosts_and_environments_are_named(running: Rehearsal) -> None:
    assert "h1, h2" in running.refused("stop", "h3")
    assert "no environment rehearsal-test-other" in running.refused("stop", "h1", environment="rehearsal-test-other")


def test_destroy_leaves_nothing_twice_over(running: Rehearsal) -> None:
    links = subprocess.run(
        ["ip", "-oneline", "link", "show", "master", BRIDGE], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    names = [line.split(": ")[1].split("@")[0] for line in links]
    assert len(names) == len(HOSTS)
    assert traces(), "the search has to find what is there"
    for _ in range(2):
        assert running.run("destroy") == {"environment": ENVIRONMENT, "hosts": []}
        assert traces() == []
        assert [name for name in names if Path("/sys/class/net", name).exists()] == []

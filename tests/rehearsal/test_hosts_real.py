"""Real hosts, in an environment and a range of their own; each test begins with two that run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rehearsal.hosts import mirror, processes, state

ROOT = Path(__file__).parents[2]
# So long that the kernel's 15 characters for an interface can't tell the hosts apart by their beginnings.
ENVIRONMENT = "rehearsal-test-long-name"
BRIDGE = "shoet9"
HOSTS = {"h1": "10.79.64.11", "h2": "10.79.64.12"}
FILE = {
    "bridge": BRIDGE,
    "subnet4": "10.79.64.0/24",
    "subnet6": "fd79:5705:64::/64",
    "hosts": [{"name": name, "address": address, "groups": ["service"]} for name, address in HOSTS.items()],
}
pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0, reason="hosts need root on Linux: sudo make test"
    ),
]


class Rehearsal:
    """The command line, as ops uses it, and a way into the hosts."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = self.write(FILE, "rehearsal.yml")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", directory / "key"], check=True)

    def write(self, content: object, name: str) -> Path:
        path = self.directory / name
        path.write_text(json.dumps(content))
        return path

    def argv(
        self, verb: str, *words: str, environment: str = ENVIRONMENT, file: Path | None = None
    ) -> list[str]:
        argv = [sys.executable, "-m", "rehearsal.hosts", verb, *words, "--environment", environment]
        return (
            [*argv, str(file or self.file), f"--authorized-key={self.directory}/key.pub"]
            if verb == "create"
            else argv
        )

    def run(
        self, verb: str, *words: str, environment: str = ENVIRONMENT, file: Path | None = None
    ) -> dict[str, Any]:
        argv = self.argv(verb, *words, environment=environment, file=file)
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        if verb == "create" and environment == ENVIRONMENT:
            pins = [f"{h['address']} {key}\n" for h in answer["hosts"] for key in h["host_keys"]]
            (self.directory / "known_hosts").write_text("".join(pins))
        return answer

    def refused(
        self, verb: str, *words: str, environment: str = ENVIRONMENT, file: Path | None = None
    ) -> str:
        argv = self.argv(verb, *words, environment=environment, file=file)
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        assert not done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr

    def ssh(self, host: str, command: str) -> str:
        known = self.directory / "known_hosts"
        options = [
            "BatchMode=yes",
            "StrictHostKeyChecking=yes",
            f"UserKnownHostsFile={known}",
            "ConnectTimeout=5",
        ]
        argv = ["ssh", "-i", str(self.directory / "key"), *(f"-o{option}" for option in options)]
        argv += ["-oGlobalKnownHostsFile=none", f"deploy@{HOSTS[host]}", command]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout[-500:]} {done.stderr[-500:]}"
        return done.stdout.strip()


def found(host: str) -> processes.Found:
    return processes.find(state.Environment(ENVIRONMENT).host(host))


def until(true: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "did not come true in time"
        time.sleep(0.1)


def traces() -> list[str]:
    """Everything on this machine that bears our environment's mark."""
    marks = (ENVIRONMENT, BRIDGE, "10.79.64.", "fd79:5705:64:")
    commands = (
        "ip -details link show",
        "ip -4 address",
        "ip -6 address",
        "ip -4 route show table all",
        "ip -6 route show table all",
        "nft list ruleset",
        "find /run/systemd/nspawn /var/lib/shoestring-rehearsal",
        "find /sys/fs/cgroup -type d -name shoestring-*",
    )
    lines = [
        line
        for command in commands
        for line in subprocess.run(
            command.split(), capture_output=True, text=True, check=False
        ).stdout.splitlines()
    ]
    lines += Path("/proc/self/mountinfo").read_text().splitlines()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it ended while we looked
    return [line for line in lines if any(mark in line for mark in marks)]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    rehearsal = Rehearsal(tmp_path_factory.mktemp("rehearsal"))
    rehearsal.run("destroy")
    yield rehearsal
    rehearsal.run("destroy")


@pytest.fixture
def running(hosts: Rehearsal) -> Rehearsal:
    hosts.run("create")
    return hosts


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
    running.ssh(
        "h2", "sudo apt-get -q update && sudo apt-get -qy install --no-download tree && tree --version"
    )


def test_the_guests_mirror_is_the_controllers(running: Rehearsal) -> None:
    ours = mirror.read_controller()
    if ours is None:
        pytest.skip("this machine's apt names no Debian archive; hosts use mmdebstrap's default")
    text = running.ssh("h1", "cat /etc/apt/sources.list.d/debian.sources")
    assert mirror.choose(mirror.parse_deb822(text), "debian") == ours


def test_reboot_from_inside_and_by_verb(running: Rehearsal) -> None:
    first = found("h1").leaders
    running.ssh("h1", "sudo systemd-run --on-active=1 systemctl reboot")
    until(lambda: found("h1").leaders not in ([], first))
    running.run("create")
    second = found("h1").leaders
    running.run("reboot", "h1")
    assert found("h1").leaders not in ([], second)
    assert running.ssh("h1", "systemctl is-system-running --wait") == "running"


def test_power_off_and_power_cut_keep_the_disk_and_the_key(running: Rehearsal) -> None:
    keys = [h["host_keys"] for h in running.run("list")["hosts"]]
    running.ssh("h1", "echo kept > stopped && sync")
    assert [h["state"] for h in running.run("stop", "h1")["hosts"]] == ["stopped", "running"]
    assert not found("h1").everything
    assert [h["state"] for h in running.run("start", "h1")["hosts"]] == ["running", "running"]
    running.ssh("h1", "echo kept > cut && sync")
    assert [h["state"] for h in running.run("kill", "h1")["hosts"]] == ["stopped", "running"]
    assert not found("h1").everything
    running.run("create")
    assert running.ssh("h1", "cat stopped cut") == "kept\nkept"
    assert [h["host_keys"] for h in running.run("list")["hosts"]] == keys, "a pinned key has to stay"


def test_a_lost_supervisor_is_replaced_without_a_reboot(running: Rehearsal) -> None:
    before = found("h1")
    processes.send(before.supervisors[0], signal.SIGKILL, state.Environment(ENVIRONMENT).host("h1"))
    until(lambda: not found("h1").supervisors)
    running.run("create")
    after = found("h1")
    assert len(after.supervisors) == 1
    assert after.supervisors != before.supervisors
    assert after.leaders == before.leaders
    running.run("reboot", "h1")
    assert found("h1").leaders not in ([], before.leaders)


@pytest.mark.parametrize(("line", "seconds"), [("", 0.2), ("made", 0), ("booting", 0), ("booting", 0.8)])
def test_a_killed_create_is_taken_up_by_the_next(hosts: Rehearsal, line: str, seconds: float) -> None:
    hosts.run("destroy")
    argv = hosts.argv("create")
    process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    while line and line not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(seconds)
    process.kill()
    process.wait()
    hosts.run("create")
    for host in HOSTS:
        assert hosts.ssh(host, "systemctl is-system-running --wait") == "running"
        assert len(found(host).supervisors) == len(found(host).nspawns) == len(found(host).leaders) == 1


def test_a_changed_key_lets_the_new_one_in(running: Rehearsal) -> None:
    old = (running.directory / "key.pub").read_text()
    for path in running.directory.glob("key*"):
        path.unlink()
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", running.directory / "key"], check=True
    )
    running.run("create")
    assert old not in running.ssh("h1", "cat .ssh/authorized_keys")


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
    assert "no environment rehearsal-test-other" in running.refused(
        "stop", "h1", environment="rehearsal-test-other"
    )


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

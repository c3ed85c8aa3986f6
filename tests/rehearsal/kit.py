"""What the tests with real hosts share: an environment and a range of their own, and the ways into them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.hosts import processes, state

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

    def argv(self, verb: str, *words: str, environment: str = ENVIRONMENT, file: Path | None = None) -> list[str]:
        argv = [sys.executable, "-m", "rehearsal.hosts", verb, *words, "--environment", environment]
        return (
            [*argv, str(file or self.file), f"--authorized-key={self.directory}/key.pub"] if verb == "create" else argv
        )

    def run(self, verb: str, *words: str, environment: str = ENVIRONMENT, file: Path | None = None) -> dict[str, Any]:
        argv = self.argv(verb, *words, environment=environment, file=file)
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        if verb == "create" and environment == ENVIRONMENT:
            pins = [f"{h['address']} {key}\n" for h in answer["hosts"] for key in h["host_keys"]]
            (self.directory / "known_hosts").write_text("".join(pins))
        return answer

    def refused(self, verb: str, *words: str, environment: str = ENVIRONMENT, file: Path | None = None) -> str:
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


def until(true: Callable[[], object], seconds: float = 60) -> None:
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
        "losetup --all",
    )
    lines = [
        line
        for command in commands
        for line in subprocess.run(command.split(), capture_output=True, text=True, check=False).stdout.splitlines()
    ]
    lines += Path("/proc/self/mountinfo").read_text().splitlines()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it ended while we looked
    return [line for line in lines if any(mark in line for mark in marks)]

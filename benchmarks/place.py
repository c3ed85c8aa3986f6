"""The environment that `make bench` measures: its own, so that nobody's hosts are changed or disturbed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from infra import inventory
from ops import probe
from ops.environment import ROOT, Environment

SUBNET = "10.79.7."
# What would answer 429 in place of the service: load from one address with one key is the point here.
LIFTED = {
    "proxy_requests_per_second": 100_000,
    "proxy_requests_burst": 100_000,
    "proxy_connections_per_address": 4096,
}
# In the service's wheel, and none of what the model is made from: a line more is another release of the same model.
CHANGED = "src/predictor/app.py"


def write(base: Path) -> Path:
    """Writes the layout of stacks/local, in a range of its own, into `base`/bench; returns that directory."""
    local = yaml.safe_load((ROOT / "stacks/local/rehearsal.yml").read_text())
    directory = base / "bench"
    (directory / "group_vars" / "all").mkdir(parents=True, exist_ok=True)
    moved = {"bridge": "shoebench", "subnet4": f"{SUBNET}0/24", "subnet6": "fd79:5705:7::/64"}
    hosts = [{**host, "address": SUBNET + host["address"].rpartition(".")[2]} for host in local["hosts"]]
    (directory / "rehearsal.yml").write_text(yaml.safe_dump({**local, **moved, "hosts": hosts}))
    (directory / "group_vars" / "all" / "limits.yml").write_text(yaml.safe_dump(LIFTED))
    source = directory / "service"  # a copy, to be changed
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(ROOT / "service", source, ignore=shutil.ignore_patterns("__pycache__"))
    (directory / "group_vars" / "all" / "service.yml").write_text(yaml.safe_dump({"service_source": str(source)}))
    return directory


def change(directory: Path) -> None:
    """Changes the environment's service by a line, so that its next deploy is of another release."""
    with (directory / "service" / CHANGED).open("a") as file:
        file.write("# changed\n")


def verb(directory: Path, name: str) -> list[str]:
    """The command of a verb on it."""
    return ["env", f"ENV={directory}", sys.executable, "-m", "ops.cli", name]


@contextmanager
def made() -> Iterator[Path]:
    """The environment's directory, nothing up yet. Afterwards its hosts are gone, unless KEEP=1."""
    base = ROOT / ".shoestring" / "benchmarks"
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A vault key for this alone: the user's own is neither read nor made.
    os.environ["XDG_CACHE_HOME"] = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    os.environ["XDG_CONFIG_HOME"] = str(base / "config")
    directory = write(base)
    down = verb(directory, "down")
    subprocess.run(down, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # what a killed run left
    try:
        yield directory
    finally:
        if os.environ.get("KEEP") == "1":
            sys.stderr.write(f"kept: make down ENV={directory} removes it (with XDG_CONFIG_HOME={base / 'config'})\n")
        else:
            subprocess.run(down, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            shutil.rmtree(Environment.resolve(str(directory)).state)
            shutil.rmtree(base)


class Hosts:
    """The hosts of an environment that is up."""

    def __init__(self, directory: Path) -> None:
        self.environment = Environment.resolve(str(directory))
        self._read = inventory.read(self.environment.footprint)
        inventory.pin(self._read)
        listed = self._read.common["footprint"]["hosts"]
        self.addresses: dict[str, str] = {host["name"]: host["address"] for host in listed}
        self.groups: dict[str, list[str]] = {host["name"]: host["groups"] for host in listed}

    def of(self, group: str) -> list[str]:
        """The names of the hosts in a group."""
        return [name for name, groups in self.groups.items() if group in groups]

    def command(self, host: str) -> list[str]:
        """ssh's argv up to what it shall run there."""
        return probe.command(self._read.common, self._read.hosts[host])[:-1]

    def run(self, host: str, script: str) -> str:
        """What a shell script prints that root runs there. Raises RuntimeError if it fails."""
        done = subprocess.run(
            [*self.command(host), "sudo", "sh", "-seu"], input=script, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"{host}: a script ended with {done.returncode}: {done.stderr[-1000:]}")
        return done.stdout

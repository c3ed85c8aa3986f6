"""How far a configured host is from Debian's own: Lynis's index, and how many of our controls each meets."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from benchmarks.place import Hosts
from benchmarks.report import Figure, Section
from infra import controls, unpacked
from ops import files, rehearsal, ssh_key
from ops.environment import ROOT, Environment

SUBNET = "10.79.8."
GROUPS = ["proxy", "service", "database", "bucket"]  # the Footprint wants them; nothing is configured there
CHECK = ROOT / "ansible/roles/host/templates/_controls/check.py"
_LYNIS = """
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update >&2
apt-get -qq install --no-install-recommends lynis >&2
lynis audit system --quick --quiet --no-colors --logfile /run/lynis.log --report-file /run/lynis.dat >&2
cat /run/lynis.dat
"""


@contextmanager
def stock(base: Path) -> Iterator[Hosts]:
    """A host of the same image that no role has touched; gone afterwards."""
    directory = base / "bench-stock"
    directory.mkdir(parents=True, exist_ok=True)
    ranges = {"bridge": "shoestock", "subnet4": f"{SUBNET}0/24", "subnet6": "fd79:5705:8::/64"}
    hosts = [{"name": "stock", "address": f"{SUBNET}11", "groups": GROUPS}]
    (directory / "rehearsal.yml").write_text(yaml.safe_dump({**ranges, "hosts": hosts}))
    environment = Environment.resolve(str(directory))
    key = ssh_key.new()
    private = environment.state / unpacked.SSH_KEY
    files.write(private, key, 0o600)
    public = private.with_suffix(".pub")
    files.write(public, f"{unpacked.public_key(key)} {environment.name}\n")
    rehearsal.destroy(environment, _quiet)  # what a killed run left
    try:
        rehearsal.write_footprint(environment, rehearsal.create(environment, environment.rehearsal, public, _quiet))
        yield Hosts(directory)
    finally:
        rehearsal.destroy(environment, _quiet)
        shutil.rmtree(environment.state)


def measure(ours: Hosts, host: str, base: Path) -> Section:
    """`host` of ours against one as Debian ships it. Lynis stays on both: it is for hosts that are gone soon."""
    with stock(base) as other:
        indexes = [index(hosts.run(name, _LYNIS)) for hosts, name in ((ours, host), (other, "stock"))]
        asked, met = met_of(ours, host), met_of(other, "stock")
    against = "the image as Debian ships it, with sshd and sudo"
    return Section(
        "Hardening",
        f"{host} ({', '.join(ours.groups[host])}) after `make up`, and a host of the same image that nothing was done "
        "to; more is better. Both are containers, whose kernel Lynis marks down alike. The controls are "
        "those of docs/controls.md that are asked there.",
        [
            Figure("Lynis's hardening index, of 100", indexes[0], against, indexes[1]),
            Figure(f"controls met, of {asked[0]}", asked[1], against, met[1]),
        ],
    )


def index(report: str) -> int:
    """Lynis's index, from its report. Raises RuntimeError if it came to none."""
    found = re.search(r"^hardening_index=(\d+)$", report, re.MULTILINE)
    if not found:
        raise RuntimeError(f"Lynis came to no index; its report ends with: {report[-300:]!r}")
    return int(found[1])


def met_of(hosts: Hosts, name: str) -> tuple[int, int]:
    """(how many controls were asked of a host, how many of them it meets)."""
    paths = [controls.DIRECTORY / f"{part}.yml" for part in controls.PARTS]
    entries = [one for path in paths for one in yaml.safe_load(path.read_text())]
    argument = shlex.quote(json.dumps({"controls": entries, "off": []}))
    answer = json.loads(hosts.run(name, f"python3 -B - {argument} <<'END'\n{CHECK.read_text()}\nEND\n"))
    return answer["run"], answer["run"] - len(answer["failed"])


def _quiet(_: str) -> None:
    """Nobody is told of each step."""

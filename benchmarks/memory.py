"""Resident memory by role: the proportional share (PSS) of every process, by the unit that it belongs to."""

from __future__ import annotations

from collections import Counter

from benchmarks.place import Hosts

# Unit, as it begins -> what it is for. Anything else is the operating system.
ROLES = {
    "postgresql": "database",
    "pgbackrest": "database",
    "versitygw": "bucket",
    "nginx": "nginx",
    "shoestring-service@": "service",
}
BASE = "operating system"

_SCRIPT = """
for process in /proc/[0-9]*; do
  share=$(grep ^Pss: "$process/smaps_rollup" 2>/dev/null | tr -dc 0-9) || continue
  unit=$(sed -n 's/^0:://p' "$process/cgroup" 2>/dev/null) || continue
  echo "${share:-0} ${unit##*/}"
done
"""


def measure(hosts: Hosts) -> dict[str, dict[str, float]]:
    """Host -> role -> MiB."""
    return {host: by_role(hosts.run(host, _SCRIPT)) for host in hosts.addresses}


def by_role(output: str) -> dict[str, float]:
    """Role -> MiB, from lines of `KiB unit`; the largest first."""
    found: Counter[str] = Counter()
    for line in output.splitlines():
        share, _, unit = line.partition(" ")
        found[next((role for start, role in ROLES.items() if unit.startswith(start)), BASE)] += int(share)
    return {role: share / 1024 for role, share in found.most_common() if share}

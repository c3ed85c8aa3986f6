"""Each unit of ours is shut in: by systemd's own measure, and by what a process in that sandbox really can't do."""

from __future__ import annotations

import json

import pytest

from tests.hosts.sandboxes import MEASURED, MOST, PROBE, abilities, name_of
from tests.hosts.site import Site

HERE = {name: unit for name, unit in MEASURED.items() if unit.host}
# What a unit's work is: the guard puts back files below /etc.
ALLOWED = {"shoestring-guard@.service": {"writes-etc"}}


def test_no_unit_is_exposed_beyond_the_limit(site: Site) -> None:
    found: dict[str, float] = {}
    for host in site.hosts():
        units = [name_of(site, unit) for unit in HERE.values() if unit.host == host]
        lines = site.ssh(
            host,
            f"for unit in {' '.join(units)}; do systemd-analyze security --no-pager $unit | tail -1; done",
        ).stdout.splitlines()
        found |= {unit: float(line.split(": ")[1].split()[0]) for unit, line in zip(units, lines, strict=True)}
    assert len(found) == len(HERE)
    assert {unit: points for unit, points in found.items() if points > MOST} == {}
    print(json.dumps(found))


@pytest.mark.parametrize("name", HERE)
def test_a_process_in_the_sandbox_can_do_no_more_than_its_work(site: Site, name: str) -> None:
    """Writing to the system, reading homes, mounting: what an attacker would do next from inside the daemon."""
    assert abilities(site, HERE[name]) == {"reads-own", *ALLOWED.get(name, ())}


def test_the_probe_can_all_that_where_there_is_no_sandbox(site: Site) -> None:
    """Else what is denied above might be denied to everybody."""
    free = site.ssh("app1", "umount /mnt 2>/dev/null; python3 -B - /etc/os-release; umount /mnt", PROBE)
    assert {"writes-etc", "writes-usr", "reads-home", "reads-root", "mounts", "unshares"} <= set(free.stdout.split()), (
        free.stderr
    )

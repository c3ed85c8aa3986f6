"""What the releases on the service's hosts say about the environment, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ops.probe import UNREACHABLE, Probe

if TYPE_CHECKING:
    from ops.look.status import HostStatus


def against(hosts: Iterable[HostStatus], probes: Mapping[str, Probe]) -> list[str]:
    """What speaks against `ok`: hosts that do not serve the same, or whose release does not run."""
    asked = {host.name: probes[host.name] for host in hosts if "service" in host.groups}
    serving: dict[str | None, list[str]] = {}
    for name, found in asked.items():
        if found != UNREACHABLE:
            serving.setdefault(found.release, []).append(name)
    said = []
    if len(serving) > 1:
        each = _list(
            f"{_list(names)} {'' if number else 'serves ' if len(names) == 1 else 'serve '}{release or 'none'}"
            for number, (release, names) in enumerate(serving.items())
        )
        said.append(f"{each}: make deploy brings all to one, make rollback brings them back")
    for name, found in asked.items():
        if found.unit is not None and found.unit.state not in ("active", "reloading"):
            said.append(f"{found.release} on {name} is {found.unit.state}: make logs HOST={name} says why")
    return said


def notes(probes: Mapping[str, Probe]) -> list[str]:
    """What one should know, and is no reason for another result: a crash that is over, a release that is leaving."""
    said = []
    for name, found in probes.items():
        if found.unit is not None and found.unit.restarts:
            times = "once" if found.unit.restarts == 1 else f"{found.unit.restarts} times"
            said.append(f"systemd restarted {found.release} on {name} {times}: make logs HOST={name} says why")
        if found.others:
            left = _list(found.others)
            said.append(f"{name} still runs {left}: it finishes its requests, or make deploy ends what was left behind")
    return said


def _list(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last

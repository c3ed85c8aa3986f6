"""What `status` prints for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from rich.console import Console
from rich.text import Text

from ops import show
from ops.look.printable import printable
from ops.look.status import DEGRADED, OK, HostStatus, Status

COLOURS = {OK: "green", DEGRADED: "yellow"}
DEPLOYS = 5  # FORMAT=json has more
UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def status(found: Status, console: Console) -> None:
    """The result first, then why, then the hosts, then the last deploys."""
    console.print(
        Text(found.result, style=f"bold {COLOURS.get(found.result, 'red')}"),
        Text(f"{found.environment}  {found.url or 'no address'}"),
        soft_wrap=True,
    )
    for reason in found.reasons:
        console.print(Text(f"  {reason}"), soft_wrap=True)
    show.warn(found, console)
    console.print(Text(f"  {found.service or 'service'} {found.release or '-'}, {_model(found)}"), soft_wrap=True)
    _table(map(_host, found.hosts), console)
    if found.deploys:
        head = ("at", "action", "release", "model", "by", "seconds", "hosts")
        console.print()
        _table([head, *map(_deploy, found.deploys[:DEPLOYS])], console)


def duration(seconds: int) -> str:
    """In its largest unit, days with their hours: 1d 3h, 2 h, 5 min, 12 s."""
    if seconds >= 86400:
        return f"{seconds // 86400}d {seconds % 86400 // 3600}h"
    unit, length = next((unit, length) for unit, length in UNITS if seconds >= length or length == 1)
    return f"{seconds // length} {unit}"


def _model(found: Status | HostStatus) -> str:
    return f"model {_name(found.model)}"


def _name(model: object) -> str:
    """`model`: {name, version}, or null where the release has none."""
    return " ".join(map(str, model.values())) if isinstance(model, dict) and model else "-"


def _host(host: HostStatus) -> tuple[str, ...]:
    up = "" if host.uptime_seconds is None else f"up {duration(host.uptime_seconds)}"
    serves = (host.release, _model(host), up) if host.release else ()
    return (host.name, host.address, ", ".join(host.groups), host.state, *serves)


def _deploy(deploy: dict[str, Any]) -> tuple[str, ...]:
    taken = deploy["seconds"]
    return (
        deploy["at"],
        deploy["action"],
        deploy["release"],
        _name(deploy["model"]),
        f"{deploy['by'] or '-'}@{deploy['from'] or '-'}",
        "-" if taken is None else f"{taken:.1f}",
        ", ".join(deploy["hosts"]),
    )


def _table(rows: Iterable[Sequence[str]], console: Console) -> None:
    """Columns as wide as they have to be: a terminal wraps long lines itself, and a program gets them whole."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip_longest(*cells, fillvalue="")]
    for row in cells:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        console.print(Text(f"  {line.rstrip()}"), soft_wrap=True)

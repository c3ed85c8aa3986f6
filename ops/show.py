"""What verbs print for people."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops import example
from ops.status import DEGRADED, OK, Status

COLOURS = {OK: "green", DEGRADED: "yellow"}


def status(found: Status, console: Console) -> None:
    """The result first, then why, then the hosts."""
    console.print(
        Text(found.result, style=f"bold {COLOURS.get(found.result, 'red')}"),
        Text(f"{found.environment}  {found.url or 'no address'}"),
        soft_wrap=True,
    )
    for reason in found.reasons:
        console.print(Text(f"  {reason}"), soft_wrap=True)
    _warn(found, console)
    model = " ".join(str(value) for value in (found.model or {}).values())
    console.print(Text(f"  release {found.release or '-'}, model {model or '-'}"), soft_wrap=True)
    table = Table.grid(padding=(0, 2))
    for host in found.hosts:
        table.add_row("", host.name, host.address, ", ".join(host.groups), host.state)
    console.print(table)


def ready(found: Status, seconds: float, console: Console) -> None:
    """How `up` ends: the address, a line to paste, and the time it took."""
    line = example.curl(found)
    console.print(Text(f"\n{found.environment} is {found.result}: {found.url}"), soft_wrap=True)
    for reason in found.reasons:
        console.print(Text(f"  {reason}"), soft_wrap=True)
    _warn(found, console)
    if line:
        console.print(Text(f"\n{line}\n"), soft_wrap=True)
    console.print(Text(f"It took {seconds:.0f} s."), soft_wrap=True)


def _warn(found: Status, console: Console) -> None:
    for warning in found.warnings:
        console.print(Text(f"  warning: {warning}", style="yellow"), soft_wrap=True)

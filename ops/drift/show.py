"""What `drift` prints for people."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.text import Text

from ops.drift.finding import CLEAN, Report
from ops.look.printable import printable

LINES = 40  # of one diff; the whole is in FORMAT=json


def show(report: Report, console: Console) -> None:
    """By host and kind: what it is, the command that puts it right, the diff."""
    for host, found in groupby(report.findings, key=lambda one: one.host):
        console.print(Text(f"\n{host}", style="bold"))
        for one in found:
            console.print(Text(printable(f"  {one.kind}: {one.what}")), soft_wrap=True)
            console.print(Text(printable(f"      fix: {one.fix}"), style="dim"), soft_wrap=True)
            lines = one.diff.splitlines()
            for line in lines[:LINES]:
                style = "green" if line.startswith("+") else "red" if line.startswith("-") else "dim"
                console.print(Text(printable(f"      {line}"), style=style), soft_wrap=True)
            if len(lines) > LINES:
                console.print(Text(f"      ... {len(lines) - LINES} lines more: FORMAT=json", style="dim"))
    for problem in report.problems:
        console.print(Text(printable(f"\nnot looked at: {problem}"), style="red"), soft_wrap=True)
    for entry in report.unused:
        text = f"warning: host_accepted_drift lists `{entry}`, which is not there any more: take it out"
        console.print(Text(printable(text), style="yellow"), soft_wrap=True)
    count = len(report.findings)
    last = "nothing" if report.result == CLEAN else f"{count} thing{'' if count == 1 else 's'}"
    console.print(Text(f"\n{report.environment}: {last} not as it should be."))

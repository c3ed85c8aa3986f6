"""One screen of lines, or the same for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from ops.doctor.line import CONTROLLER, FAIL, OK, WARN, Line, worst
from ops.look.printable import printable

MARKS = {OK: ("[ OK ]", "green"), WARN: ("[WARN]", "yellow"), FAIL: ("[FAIL]", "red")}
WIDTH = 17  # of the topics
MOST = 400  # letters of what was found


def as_json(lines: list[Line]) -> str:
    return json.dumps({"result": worst(lines), "lines": [asdict(line) for line in lines]}, indent=2)


def text(lines: list[Line], console: Console) -> None:
    """What is well, a line a topic; what is not, a line each with what mends it."""
    for line in folded(lines):
        mark, colour = MARKS[line.state]
        where = "" if line.where in ("", CONTROLLER) else f"{line.where}: "
        found = " ".join(printable(line.found.replace("\n", " ")).split())
        found = found if len(found) <= MOST else found[:MOST] + " ..."
        console.print(Text(mark, style=colour), Text(f"{line.topic:<{WIDTH}} {where}{found}"), soft_wrap=True)
        if line.state != OK:
            console.print(Text(f"       {'':<{WIDTH}} fix: {printable(line.fix)}", style="bold"), soft_wrap=True)
    counts = {state: sum(line.state == state for line in lines) for state in MARKS}
    console.print(Text(f"{counts[OK]} well, {counts[WARN]} to see to, {counts[FAIL]} wrong"), soft_wrap=True)


def folded(lines: Iterable[Line]) -> list[Line]:
    """The lines of one topic together; those that are well as one, whoever they are of."""
    topics: dict[str, list[Line]] = {}
    for line in lines:
        topics.setdefault(line.topic, []).append(line)
    found = []
    for topic, some in topics.items():
        well = [line for line in some if line.state == OK]
        if well:
            found.append(Line(OK, topic, "", _together(well)))
        found += [line for line in some if line.state != OK]
    return found


def _together(well: list[Line]) -> str:
    """`said: names` where all say the same, else what each says."""
    if well[0].where == CONTROLLER:
        return "; ".join(line.found for line in well)
    same: dict[str, list[str]] = {}
    for line in well:
        same.setdefault(line.found, []).append(line.where)
    return "; ".join(f"{', '.join(names)}: {found}" for found, names in same.items())

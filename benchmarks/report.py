"""The page that `make bench` writes: ratios first, and no figure without its peer in the same run."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One comparison; `ours` and `peer` in the same unit, which is in the words."""

    what: str
    ours: float
    against: str
    peer: float

    @property
    def ratio(self) -> float:
        return self.ours / self.peer

    def row(self) -> str:
        return f"| {self.what} | **{self.ratio:.2f}** | {_short(self.ours)} | {_short(self.peer)} | {self.against} |"


@dataclass(frozen=True)
class Section:
    """Comparisons of one kind, and a sentence on what makes them fair."""

    title: str
    note: str
    figures: Sequence[Figure]

    def text(self) -> str:
        head = "| what | ratio | ours | peer | the peer |\n| --- | --- | --- | --- | --- |"
        rows = "\n".join(figure.row() for figure in self.figures)
        return f"## {self.title}\n\n{textwrap.fill(self.note, 120)}\n\n{head}\n{rows}\n"


def machine() -> str:
    """This machine in words, and what else it is doing."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, load average {os.getloadavg()[0]:.1f} before the run"


def memory(found: Mapping[str, Mapping[str, float]], groups: Mapping[str, Sequence[str]]) -> str:
    """The table of resident memory, a column a role."""
    roles = list(dict.fromkeys(role for shares in found.values() for role in shares))
    lines = [f"| host | groups | {' | '.join(roles)} | all |", "| --- " * (len(roles) + 3) + "|"]
    for host, shares in found.items():
        cells = [f"{shares[role]:.0f}" if role in shares else "" for role in roles]
        lines.append(f"| {host} | {', '.join(groups[host])} | {' | '.join(cells)} | {sum(shares.values()):.0f} |")
    return "\n".join(lines) + "\n"


def write(path: Path, described: str, versions: Sequence[str], sections: Sequence[Section], resident: str) -> None:
    """Writes the page."""
    parts = [
        "# Benchmarks\n",
        "Written by `make bench`; do not edit. Ours and the peer were measured in turn, in one run on one machine:\n"
        "the ratios carry over, the absolute figures do not. Of times and latencies less is better, of rates more.\n",
        textwrap.fill(f"{datetime.now(UTC):%Y-%m-%d}, {described}. {', '.join(versions)}.", 120) + "\n",
        *(section.text() for section in sections),
        "## Resident memory, MiB\n",
        "Proportional share (PSS) of every process after the load, by the unit it belongs to.\n",
        resident,
    ]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(parts))


def _short(value: float) -> str:
    """Three figures are all that such a measurement is worth."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"

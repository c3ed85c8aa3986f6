"""What was tried, in figures, and what should not have been let in."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field

# Each has to be more than nothing: a scan of no port finds no open one.
COUNTED = ("ports", "open", "listeners", "doors", "backends", "database", "buckets")


@dataclass(frozen=True)
class Problem:
    """`where` (host:port, or a page) did `what` for `source`; `line`: what of the table would allow it."""

    where: str
    source: str
    what: str
    fix: str
    line: str = ""

    def __str__(self) -> str:
        allows = f"; stacks/exposure.yml would allow it by {self.line}" if self.line else ""
        return f"{self.where}, from {self.source}: {self.what}{allows}. {self.fix}"


@dataclass
class Report:
    """`checked`: how many ways (a place, a target's address), ports on them, of these open, sockets that listen, and
    questions that had to be refused: to doors (public pages and APIs), backends, database, buckets. `open_to_all`:
    paths that proxy_public_paths opens. `unasked`: what could not be asked, by its count's name, and why.
    """

    checked: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    open_to_all: list[str] = field(default_factory=list)
    unasked: dict[str, str] = field(default_factory=dict)

    def add(self, other: Report) -> None:
        self.checked.update(other.checked)
        self.problems += other.problems
        self.open_to_all += other.open_to_all
        self.unasked |= other.unasked

    @property
    def idle(self) -> list[str]:
        """What was to be counted and came to nothing, for no reason that is said: a proof of nothing."""
        excused = self.unasked.keys() | ({"open"} if "ports" in self.unasked else set())
        return [name for name in COUNTED if not self.checked[name] and name not in excused]

    def line(self) -> str:
        """For people: that there was something to look at has to be visible."""
        of = self.checked
        refused = ", ".join(f"{of[name]} by {name}" for name in ("doors", "backends", "database", "buckets"))
        return f"{of['ports']} ports by {of['ways']} ways, {of['open']} open as declared; refused: {refused}"

    def json(self) -> str:
        return json.dumps(
            {
                "result": "failed" if self.problems or self.idle else "ok",
                "checked": dict(sorted(self.checked.items())),
                "open_to_all": self.open_to_all,
                "unasked": self.unasked,
                "problems": [asdict(one) for one in self.problems],
            },
            indent=2,
        )

"""What `logs` can be asked, refused before a host is contacted where nobody could answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.inventory import Inventory
from ops.errors import OperationError

RELEASES = "shoestring-service@*"
SINCE = "1 hour ago"
EVERYTHING = "all"
# Debian's `postgresql` only stands for its clusters, which say everything.
MEANT = {"postgresql": ("postgresql", "postgresql@*")}
UNIT = re.compile(r"[A-Za-z0-9:_.\\@*?!\[\]-]{1,255}")


@dataclass(frozen=True)
class Question:
    """`hosts` and `units`: names with commas between; empty ones and `since` mean the defaults."""

    hosts: str = ""
    units: str = ""
    since: str = ""
    follow: bool = False

    def time(self) -> str:
        """What journalctl gets. Raises OperationError for what could be an option or move a cursor."""
        since = self.since.strip(" ") or SINCE
        if not since.isprintable() or (since.startswith("-") and not re.match(r"-\d", since)):
            raise refused(f"SINCE={since!r} is no time")
        return since

    def sought(self) -> tuple[str, ...]:
        """Names and globs; none for the whole journal. Raises OperationError."""
        units = _listed(self.units) or [RELEASES]
        for unit in units:
            if not UNIT.fullmatch(unit):
                raise refused(
                    f"UNIT={unit!r} can't name a unit of systemd",
                    f"Name one, or a glob, in letters, digits and :-_.\\@*?[]!, such as nginx, 'apt-*', {EVERYTHING}",
                )
        if EVERYTHING in units:
            return ()
        return tuple(each for unit in units for each in MEANT.get(unit, (unit,)))

    def asked(self, read: Inventory) -> list[str]:
        """The hosts. Raises OperationError for names that are none, and if none of them can have what is sought."""
        names = _listed(self.hosts)
        wrong = [name for name in names if name not in read.hosts]
        if wrong:
            raise refused(f"There is no host {wrong[0]!r}", f"Name one of the hosts: {', '.join(read.hosts)}")
        if self.units.strip():
            return names or list(read.hosts)
        serving = read.groups["service"]
        if names and not set(names) & set(serving):
            raise refused(
                f"{', '.join(names)} does not run the service, whose log is shown where UNIT names no other",
                f"Name a unit, or the whole journal: make logs HOST={names[0]} UNIT={EVERYTHING}",
            )
        return [name for name in names or serving if name in serving]


def refused(
    cause: str, fix: str = "Say SINCE=-2h, SINCE=today or SINCE='2026-11-26 10:00' (UTC)", happened: str = ""
) -> OperationError:
    """An error of the one who asks."""
    return OperationError(f"{cause}.", happened or "No host was asked.", fix)


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))

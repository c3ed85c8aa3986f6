"""How much of a run is Ansible's own, from what benchmarks/callbacks/spent.py wrote of it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Spent:
    """Seconds of one run of a verb: `whole` process; `process` of it in ansible-playbook, `work` of that on hosts."""

    whole: float
    process: float
    work: float

    @property
    def ansible(self) -> float:
        """What is neither work on the hosts nor the verb's own, such as building before the playbook."""
        return self.process - self.work


def spent(lines: Iterable[Mapping[str, Any]], whole: float) -> Spent:
    """Of one run of ansible-playbook. Raises ValueError if `lines` are not of one whole run, or don't fit into it.

    Hosts work side by side, so a task's work is that of the host which took longest; tasks come one after the other.
    """
    work: dict[int, float] = defaultdict(float)
    processes = []
    for line in lines:
        if "process" in line:
            processes.append(float(line["process"]))
        else:
            work[line["number"]] = max(work[line["number"]], line["work"] or 0.0)
    if len(processes) != 1:
        raise ValueError(f"{len(processes)} ends of ansible-playbook, of one run")
    found = Spent(whole, processes[0], sum(work.values()))
    if not 0 < found.work < found.process < whole:
        raise ValueError(f"the parts do not fit into the whole: {found}")
    return found


def read(path: Path, whole: float) -> Spent:
    """The same from the file."""
    return spent(map(json.loads, path.read_text().splitlines()), whole)

"""`make bench`: what an unchanged site and a repeated deploy cost, beside stock Ansible in the same run.

Nothing here passes or fails. The site runs under Ansible's own linear strategy: there is no other one to compare with.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import peer, timing
from ops.environment import Environment
from ops.errors import OperationError

FLOOR = "- {hosts: all, become: true, gather_facts: false, tasks: [{command: 'true', changed_when: false}]}\n"
OK = re.compile(r"^\S+\s+: ok=(\d+)", re.MULTILINE)


def main() -> int:
    """Prints the table; 1 if the environment is not up."""
    try:
        environment = Environment.resolve(os.environ.get("ENV", "local"))
        footprint = str(environment.footprint)
    except OperationError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        floor, stock = Path(temporary) / "floor.yml", Path(temporary) / "stock.yml"
        floor.write_text(FLOOR)
        files = peer.write(stock)
        ansible = ["ansible-playbook", "-i", footprint]
        names = {
            "site": "site.yml, unchanged",
            "deploy": "deploy.yml, same release",
            "stock": f"stock Ansible: the {files} files alone, a task each",
            "floor": "floor: a play of one command",
        }
        found = timing.in_turn(
            {
                "site": [*ansible, "ansible/site.yml"],
                "deploy": [*ansible, "ansible/deploy.yml"],
                "stock": [*ansible, str(stock), "--check"],
                "floor": [*ansible, str(floor)],
            }
        )
    table = Table("what", "median s", "of stock", "tasks a host")
    for key, name in names.items():
        taken, output = found[key]
        tasks = max(map(int, OK.findall(output)))
        table.add_row(name, f"{taken:.1f}", f"{taken / found['stock'][0]:.2f}", str(tasks))
    Console().print(f"{environment.name}: median of {timing.RUNS} whole processes each, in turn", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())

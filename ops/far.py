"""Runs a program of ours on hosts: sent over ssh, kept nowhere there.

The program and its argument go in by standard input, so that neither stands in a command line that others can read.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import inventory
from ops import probe, processes, scratch
from ops.environment import Environment

UNREACHABLE = 255  # ssh's own exit code
# The program finds its argument as ARGUMENT. -I: it gets Python's own library and nothing else of the host's.
_RECEIVER = (
    "import json, sys; name, text, argument = json.load(sys.stdin); "
    'exec(compile(text, name, "exec"), {"__name__": "__main__", "ARGUMENT": argument})'
)
_COMMAND = shlex.join(["python3", "-I", "-B", "-c", _RECEIVER])


@dataclass(frozen=True)
class Said:
    """How the program ended on a host. `code` is UNREACHABLE where ssh did not get through; `stderr` then says why."""

    code: int
    stdout: str
    stderr: str


def run(
    environment: Environment,
    program: Path,
    argument: Any = None,
    *,
    hosts: Iterable[str] | None = None,
    root: bool = True,
) -> dict[str, Said]:
    """Host name -> what came of `program` there, on all of `hosts` (None: every one) at once.

    `argument`, of JSON's types, is the program's ARGUMENT, the same for all.
    Raises SettingsError for a Footprint that is none.
    """
    read = inventory.read(environment.footprint)
    inventory.pin(read)
    remote = f"sudo -n {_COMMAND}" if root else _COMMAND
    names = list(read.hosts if hosts is None else hosts)
    commands = [probe.command(read.common, read.hosts[name], remote) for name in names]
    sent = json.dumps([program.name, program.read_text(encoding="utf-8"), argument])

    def ask(argv: list[str]) -> Said:
        done = processes.run(["sh", "-c", 'exec "$@" < "$0"', file, *argv])
        return Said(done.code, done.stdout, done.stderr)

    with scratch.directory(environment) as directory, ThreadPoolExecutor(max_workers=16) as pool:
        file = directory / "sent.json"
        file.touch(mode=0o600)
        file.write_text(sent)
        return dict(zip(names, pool.map(ask, commands), strict=True))

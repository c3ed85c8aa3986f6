"""A stand-in for the Pulumi CLI: it writes down how it was called, and answers from files. The real one is not here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCRIPT = """#!/bin/sh
# $1 $2 ...: --non-interactive <command> ...
case "$*" in version) echo "v{version}"; exit 0 ;; esac
echo "$PULUMI_BACKEND_URL|$*" >> {home}/calls
shift
case "$1 $2" in
"stack "*|"state "*) name="$1-$2" ;;
*) name="$1" ;;
esac
[ -f {home}/"$name".err ] && {{ cat {home}/"$name".err >&2; exit 255; }}
[ -f {home}/"$name".out ] && cat {home}/"$name".out
exit 0
"""
HISTORY = [
    {
        "kind": "update",
        "startTime": "2026-11-26T01:00:00.000Z",
        "message": "",
        "environment": {},
        "config": {},
        "result": "succeeded",
        "resourceChanges": {"create": 2, "same": 40},
    }
]


class Cli:
    """Answers of the stand-in: `says` what a command prints, `fails` with what on stderr."""

    def __init__(self, home: Path, version: str = "3.260.0") -> None:
        self.home = home
        (home / "bin").mkdir(parents=True)
        program = home / "bin/pulumi"
        program.write_text(SCRIPT.format(home=home, version=version))
        program.chmod(0o755)
        self.says("stack-history", HISTORY)
        self.says("stack-output", {})

    @property
    def calls(self) -> list[str]:
        """`<backend>|<arguments>` of each call."""
        path = self.home / "calls"
        return path.read_text().splitlines() if path.is_file() else []

    def says(self, command: str, answer: Any) -> None:
        (self.home / f"{command}.out").write_text(answer if isinstance(answer, str) else json.dumps(answer))

    def fails(self, command: str, text: str) -> None:
        (self.home / f"{command}.err").write_text(text)

    def has(self, *resources: Mapping[str, Any]) -> None:
        """What the state says is there."""
        self.says("stack-export", {"version": 3, "deployment": {"resources": list(resources)}})

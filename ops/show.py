"""What verbs print for people."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops import example
from ops.environment import Environment
from ops.keys import Key, forget
from ops.look.status import Status


def keys(found: list[Key], as_json: bool) -> None:
    """The keys as a table, or for programs."""
    if as_json:
        sys.stdout.write(json.dumps([asdict(key) for key in found], indent=2) + "\n")
        return
    table = Table.grid(padding=(0, 2))
    for key in found:
        state = "" if key.state == "valid" else key.state
        table.add_row(key.name, key.created or "with the vault", f"sha256:{key.fingerprint}", state)
    Console(highlight=False).print(table)


def new_key(environment: Environment, path: Path, as_json: bool) -> None:
    """A new key: on a terminal this once, and its file goes; elsewhere, where a log may be kept, its file's path."""
    if as_json:
        sys.stdout.write(json.dumps({"name": path.name, "key_file": str(path)}) + "\n")
    elif sys.stdout.isatty():
        sys.stdout.write(f"\nThe key {path.name!r}, shown this once:\n\n    {path.read_text()}\n\n")
        sys.stdout.write("Send it with each request as a header: Authorization: Bearer <the key>\n")
        forget(environment, path.name)
    else:
        sys.stdout.write(f"The key {path.name!r} is in {path}. Hand it on, and remove the file.\n")
        sys.stdout.write(f"To ask with it: curl -H @{path}.header ...\n")


def ready(found: Status, seconds: float, console: Console) -> None:
    """How `up` ends: the address, a line to paste, and the time it took."""
    line = example.curl(found)
    console.print(Text(f"\n{found.environment} is {found.result}: {found.url}"), soft_wrap=True)
    for reason in found.reasons:
        console.print(Text(f"  {reason}"), soft_wrap=True)
    warn(found, console)
    if line:
        console.print(Text(f"\n{line}\n"), soft_wrap=True)
    console.print(Text(f"It took {seconds:.0f} s."), soft_wrap=True)


def warn(found: Status, console: Console) -> None:
    """What does not speak against `ok` yet."""
    for warning in found.warnings:
        console.print(Text(f"  warning: {warning}", style="yellow"), soft_wrap=True)

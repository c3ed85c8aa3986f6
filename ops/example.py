"""The line that a person pastes to see the service answer."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

from ops.environment import ROOT
from ops.look.status import Status


def curl(status: Status, root: Path = ROOT) -> str | None:
    """A curl command that works from the repository's root; None where there is nothing to ask."""
    if status.url is None or status.api_key_file is None or status.example_path is None:
        return None
    trust = f"--cacert {_short(status.ca_file, root)} " if status.ca_file else ""
    body = ""
    if status.example_request is not None:
        body = f"-H 'Content-Type: application/json' -d {shlex.quote(json.dumps(status.example_request))} "
    address = shlex.quote(f"{status.url}{status.example_path}")
    return f"curl {trust}-H @{_short(status.api_key_file + '.header', root)} {body}{address}"


def _short(path: str, root: Path) -> str:
    relative = os.path.relpath(path, root)
    return shlex.quote(path if relative.startswith("..") else relative)

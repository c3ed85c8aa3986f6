"""Which TCP ports one machine sees open at another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.hosts.site import Site

SCANNER = Path(__file__).with_name("ports.py").read_text()
CONTROLLER = "controller"
EVERY = (1, 65535)


def scan(site: Site, source: str, address: str, ports: tuple[int, int] = EVERY, leaving_by: str = "") -> set[int]:
    """Open ports of `address` as `source` sees them; the controller may leave by another address of its own."""
    words = [address, *map(str, ports), "1", leaving_by]
    if source != CONTROLLER:
        done = site.ssh(source, f"python3 - {' '.join(words)}", SCANNER)
    else:
        argv = [sys.executable, "-", *words]
        done = subprocess.run(argv, input=SCANNER, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return {int(line) for line in done.stdout.split()}

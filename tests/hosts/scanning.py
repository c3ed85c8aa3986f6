"""Which TCP ports one machine sees open at another: by the scan of `verify`, all ports, one way at a time."""

from __future__ import annotations

import json
from pathlib import Path

from ops.exposure.far import ports as scanner
from tests.hosts.site import Site

CONTROLLER = "controller"
EVERY = (1, 65535)


def scan(site: Site, source: str, address: str, ports: tuple[int, int] = EVERY, leaving_by: str = "") -> set[int]:
    """Open ports of `address` as `source` sees them; the controller may leave by another address of its own."""
    tcp = range(ports[0], ports[1] + 1)
    if source == CONTROLLER:
        return set(scanner.tcp(address, tcp, own=leaving_by))
    argument = {"targets": {"it": [address]}, "tcp": list(tcp), "firm": [], "udp": []}
    done = site.ssh(source, "python3 -", f"ARGUMENT = {argument!r}\n{Path(scanner.__file__).read_text()}")
    assert done.returncode == 0, done.stderr
    return {port for one in json.loads(done.stdout) for port in one["tcp"]}

"""For tests that change a firewall or sshd by hand: without this the host would take that back within half a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.hosts.site import Site

STOP = "systemctl stop shoestring-guard@mend.timer shoestring-guard@mend.service"
START = "systemctl start shoestring-guard@mend.timer"


@contextmanager
def unguarded(site: Site, host: str) -> Iterator[None]:
    """The host's guard rests for the block."""
    assert site.ssh(host, STOP).returncode == 0
    try:
        yield
    finally:
        assert site.ssh(host, START).returncode == 0

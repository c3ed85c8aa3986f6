"""nginx is reloaded for a new key, a new pair, a changed setting: often enough that one request in thousands counts."""

from __future__ import annotations

import pytest

from tests.hosts.releases import load
from tests.hosts.site import Site

pytestmark = pytest.mark.full
RELOADS = 10


def test_ten_reloads_of_every_door_lose_no_request(site: Site) -> None:
    """A reload closes idle connections, and a request may just be on its way on one: nothing is asked twice here."""
    with load.steady(site) as seen:
        for _ in range(RELOADS):
            for host in ("app1", "app2"):
                done = site.ssh(host, "systemctl reload nginx.service")
                assert done.returncode == 0, done.stderr
    assert len(seen.ids) > 3000
    assert seen.lost == []
    for host in ("app1", "app2"):
        assert site.ssh(host, "test ! -e /run/nginx-closing").returncode == 0, "the door closes connections for ever"

"""The real firewall and forwarding, in a network namespace of their own, so that nothing here is touched."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROBE = Path(__file__).with_name("network_probe.py")
pytestmark = [
    pytest.mark.hosts,
    pytest.mark.skipif(
        sys.platform != "linux" or os.geteuid() != 0,
        reason="network namespaces need root on Linux: sudo make test",
    ),
]


def probe(*words: str) -> dict[str, Any]:
    done = subprocess.run(
        ["unshare", "--net", "--mount", sys.executable, str(PROBE), *words],
        env=dict(os.environ) | {"PYTHONPATH": str(PROBE.parents[2])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_hosts_get_out_by_the_default_route_and_nobody_gets_in() -> None:
    found = probe()
    assert found["controller to host"] == "10.79.66.1"
    assert found["host to world"] == "198.51.100.1", "leaves with the controller's address"
    assert found["world to host"] == "closed", "a route to the hosts must not be a way in"
    assert found["world to host without the table"] == "198.51.100.2", "the probe itself has to see an open door"
    assert found["host to world after a second run"] == "198.51.100.1"
    assert found["forwarding"] == "1"
    assert found["left"] == {
        "tables": [],
        "links": [],
        "firewall is as before": True,
        "forwarding": "0",
    }, "all is put back, twice over"


def test_the_same_beside_a_firewall_that_drops_what_is_forwarded() -> None:
    if shutil.which("iptables") is None:
        pytest.skip("no iptables here, hence no Docker to live beside: apt-get install iptables")
    found = probe("dropping")
    assert found["host to world"] == "198.51.100.1", "Docker's DROP must not cut the hosts off"
    assert found["host to world after a second run"] == "198.51.100.1"
    assert found["world to host"] == "closed"
    assert found["left"]["firewall is as before"], "our rules go, Docker's stay"
    assert found["left"]["forwarding"] == "1", "Docker needs forwarding: it is not switched off under it"

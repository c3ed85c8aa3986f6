"""Slow headers, bodies and readers and 500 silent connections: honest users do not notice, and nothing stays behind.

They come from the controller's address, the honest requests from another host's.
"""

from __future__ import annotations

import json
import time

import pytest

from tests.hosts import slow
from tests.hosts.site import Site
from tests.hosts.test_requests import FLIGHT, PREDICTIONS

CUT_SECONDS = 30.0
HONEST_SECONDS = 5.0  # generous: the machine under test also runs the attackers


def _honest(site: Site, requests: int) -> list[tuple[int, float]]:
    """(status, seconds) of predictions asked for from app2, a new connection each, a quarter of a second apart."""
    key = (site.environment.state / "api-key").read_text().strip()
    url = f"https://{site.footprint()['public']['names'][0]}{PREDICTIONS}"
    body = json.dumps({"instances": [FLIGHT]}).replace('"', '\\"')
    # As standard input: the key is in no command line.
    script = (
        f"for i in $(seq {requests}); do curl --silent --output /dev/null --max-time 20 "
        "--write-out '%{http_code} %{time_total}\\n' --cacert /etc/shoestring/tls/ca.pem --config - <<.\n"
        f'url = "{url}"\nheader = "Authorization: Bearer {key}"\nheader = "Content-Type: application/json"\n'
        f'data = "{body}"\n.\nsleep 0.25; done'
    )
    lines = site.ssh("app2", script).stdout.split("\n")
    return [(int(code), float(seconds)) for code, _, seconds in (line.partition(" ") for line in lines if line)]


def _connections(site: Site) -> int:
    return int(site.ssh("app1", "ss -Htn state established sport = :443 | wc -l").stdout)


def _memory(site: Site) -> int:
    """KiB that nginx on the door's host holds for itself."""
    command = "for p in $(pgrep nginx); do grep ^Pss: /proc/$p/smaps_rollup; done"
    return sum(int(line.split()[1]) for line in site.ssh("app1", command).stdout.splitlines())


@pytest.mark.full
def test_slow_clients_are_cut_and_honest_ones_do_not_notice(site: Site) -> None:
    address, ca = site.footprint()["public"]["names"][0], str(site.environment.state / "ca.pem")
    key = (site.environment.state / "api-key").read_text().strip()
    head = f"Host: {address}\r\nAuthorization: Bearer {key}\r\n"
    post = f"POST {PREDICTIONS} HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    model = f"GET /openapi.json HTTP/1.1\r\n{head}\r\n" * 100
    attacks = {
        "silent": slow.Attack(500, slow.silent),
        "slow headers": slow.Attack(100, slow.drip(b"GET / HTTP/1.1\r\nX-Slow: ", 1)),
        "stalled bodies": slow.Attack(100, slow.drip(post.encode() + b"{", 20)),
        "slow readers": slow.Attack(20, slow.sip(model.encode()), receive_bytes=4096),
    }
    # nginx limits the time between two pieces of a body, not that of the whole: these are many, and harmless.
    drips = {"dripping bodies": slow.Attack(50, slow.drip(post.encode() + b"{", 1))}
    assert [status for status, _ in _honest(site, 5)] == [200] * 5
    connections, memory = _connections(site), _memory(site)
    threads = slow.run(address, ca, attacks | drips)
    time.sleep(3)
    assert _connections(site) > 500, "the premise: they are all there at once"
    honest = _honest(site, 60)
    for thread in threads:
        thread.join(120)
    assert {status for status, _ in honest} == {200}, honest
    assert len(honest) == 60
    assert max(seconds for _, seconds in honest) < HONEST_SECONDS, honest
    for name, attack in attacks.items():
        assert len(attack.seconds) == attack.count, name
        assert max(attack.seconds) < CUT_SECONDS, f"{name}: borne for {max(attack.seconds):.0f} s"
    time.sleep(5)
    assert _connections(site) <= connections + 5
    assert _memory(site) < memory + 30_000

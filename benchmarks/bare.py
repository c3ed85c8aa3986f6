"""The peer of the public door: the release that is running, on bare uvicorn, without TLS, key or proxy.

The unit is the service's own but for where it listens, so interpreter, dependencies, settings, log and database
are the same. It runs on every service host, as the release does: what differs is what stands in front.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.place import Hosts

PORT = 8999
UNIT = "shoestring-bench.service"

_START = """
release=$(basename "$(readlink /opt/shoestring/current)")
sed -e "s/%i/$release/g" -e "/^RuntimeDirectory/d" \\
  -e "s#--uds [^ ]*#--host 0.0.0.0 --port {port}#" \\
  /etc/systemd/system/shoestring-service@.service > /run/systemd/system/{unit}
systemctl daemon-reload
systemctl start {unit}
# The host's guard would close the port again.
systemctl stop shoestring-guard@mend.timer shoestring-guard@mend.service
nft insert rule inet shoestring input ip saddr {controller} tcp dport {port} accept
for _ in $(seq 100); do
  if curl --silent --fail --output /dev/null http://127.0.0.1:{port}/readyz; then exit 0; fi
  sleep 0.2
done
journalctl -n 20 -u {unit} >&2
exit 1
"""
_STOP = """
if [ -e /run/systemd/system/{unit} ]; then systemctl stop {unit}; fi
rm -f /run/systemd/system/{unit}
systemctl daemon-reload
systemctl reload nftables
systemctl start shoestring-guard@mend.timer
"""


@contextmanager
def served(hosts: Hosts, controller: str) -> Iterator[list[str]]:
    """The URLs of the bare services, which only `controller` reaches; gone afterwards, also after a failure."""
    names = hosts.of("service")
    with ExitStack() as stack:
        for name in names:
            stack.callback(hosts.run, name, _STOP.format(unit=UNIT))
            hosts.run(name, _START.format(unit=UNIT, port=PORT, controller=controller))
        yield [f"http://{hosts.addresses[name]}:{PORT}" for name in names]

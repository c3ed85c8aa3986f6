"""A real ACME issuer, Debian's Pebble, on a host of the tests: it validates against the proxy's own port 443."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ops import pki
from tests.hosts import unguarded
from tests.hosts.site import Site
from tests.ops import certificates

PORT, MANAGEMENT = 14000, 15000
SERVICE = """\
systemd-run --quiet --collect --unit=pebble-names pebble-challtestsrv -defaultIPv4 {proxy} -defaultIPv6 "" \
  -dns01 127.0.0.1:8053 -http01 "" -https01 "" -tlsalpn01 "" -doh "" -management 127.0.0.1:8055
systemd-run --quiet --collect --unit=pebble -E PEBBLE_VA_NOSLEEP=1 -E PEBBLE_WFE_NONCEREJECT=0 -E PEBBLE_AUTHZREUSE=0 \
  pebble -config /run/pebble/config.json -dnsserver 127.0.0.1:8053
curl --silent --fail --output /dev/null --retry 50 --retry-delay 1 --retry-connrefused --retry-max-time 20 \
  --cacert /run/pebble/ca.pem https://{address}:14000/dir
"""


@dataclass
class Issuer:
    """Pebble on `host`, which sends every name to `proxy`. Each start makes it a new root."""

    site: Site
    directory: Path  # on this machine, for its own keys
    host: str = "data1"
    proxy: str = "app1"

    @property
    def url(self) -> str:
        return f"https://{self.site.hosts()[self.host]}:{PORT}/dir"

    def install(self) -> None:
        """The package, a certificate for its own API, and a hole in the host's firewall for the proxy alone."""
        address, proxy = self.site.hosts()[self.host], self.site.hosts()[self.proxy]
        key = pki.new_key()
        ca = pki.ca_certificate(key, "pebble")
        leaf = certificates.leaf(key, ca, address, self.directory).read_text()
        (self.directory / "api.pem").write_text(ca)
        self._root("DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends pebble curl >/dev/null")
        self._root("install -d -m 0700 /run/pebble")
        self._write("leaf.pem", leaf)
        self._write("ca.pem", ca)
        self.open(proxy)

    def open(self, proxy: str) -> None:
        """The hole; `shut` closes it, since `verify` rightly reports it."""
        self._root(unguarded.STOP)
        self._root(f"nft insert rule inet shoestring input ip saddr {proxy} tcp dport {PORT} accept")

    def shut(self) -> None:
        self._root("nft --file /etc/nftables.conf")
        self._root(unguarded.START)

    def start(self, seconds: int = 90 * 86400) -> None:
        """Issues certificates that live so long."""
        self.stop()
        proxy, address = self.site.hosts()[self.proxy], self.site.hosts()[self.host]
        config = {
            "listenAddress": f"{address}:{PORT}",
            "managementListenAddress": f"127.0.0.1:{MANAGEMENT}",
            "certificate": "/run/pebble/leaf.pem",
            "privateKey": "/run/pebble/leaf.pem",
            "httpPort": 80,
            "tlsPort": 443,
            "certificateValidityPeriod": seconds,
            "retryAfter": {"authz": 1, "order": 1},
        }
        self._write("config.json", json.dumps({"pebble": config}))
        self._root(SERVICE.format(proxy=proxy, address=address))

    def stop(self) -> None:
        self._root("systemctl stop pebble.service pebble-names.service 2>/dev/null; true")

    def remove(self) -> None:
        """Leaves the host as it was."""
        self.stop()
        self.shut()
        self._root("rm -rf /run/pebble; DEBIAN_FRONTEND=noninteractive apt-get -qq purge pebble >/dev/null")

    def root(self) -> str:
        """The root that its certificates lead to, as PEM."""
        return self._root(f"curl --silent --fail --insecure https://127.0.0.1:{MANAGEMENT}/roots/0")

    def orders(self) -> int:
        """How many orders it has seen, refused ones too."""
        return self._told("order-plz")

    def issued(self) -> int:
        """How many certificates it has issued. Started anew it knows no account, and refuses an order first."""
        return self._told("Issued certificate")

    def _told(self, text: str) -> int:
        return int(self._root(f"journalctl --unit pebble --output cat | grep -c '{text}' || true"))

    def _write(self, name: str, text: str) -> None:
        done = self.site.ssh(self.host, f"umask 077; cat > /run/pebble/{name}", text)
        assert done.returncode == 0, done.stderr

    def _root(self, command: str) -> str:
        done = self.site.ssh(self.host, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout

"""`certificate: acme`, against a real issuer: issued, renewed without a lost request, kept when the issuer is down."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.hosts.issuer import Issuer
from tests.hosts.site import Site
from tests.hosts.steady import requests, served
from tests.hosts.variant import Variant, beside

NAME = "predict.door.internal"
HELD = "/var/lib/shoestring-acme/lego/*/certificates"
UNITS = "systemctl list-unit-files --no-legend shoestring-acme*; ls /run/shoestring-door /var/lib/shoestring-acme 2>&1"


@dataclass
class Door:
    """The site's proxy with a certificate by ACME; `first` is what the first run said, with the issuer down."""

    variant: Variant
    issuer: Issuer
    address: str
    first: subprocess.CompletedProcess[str]
    internal: dict[str, object]
    roots: str

    def trusted(self) -> str:
        """The issuer's root as it is now."""
        return self.issuer.root()

    def host(self, command: str) -> str:
        done = self.variant.ssh("app1", command)
        return done.stdout.strip()

    def renew(self) -> int:
        """Starts the unit as its timer does; its exit code."""
        return self.variant.ssh("app1", "systemctl start shoestring-acme.service").returncode

    def end_is_near(self) -> None:
        """What lego holds is taken away, so that it asks for another; what is in service stays."""
        assert self.variant.ssh("app1", f"rm {HELD}/{NAME}.crt").returncode == 0


@pytest.fixture(scope="module")
def door(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """First with the issuer down, then issued; and the site's own kind again in the end."""
    directory = tmp_path_factory.mktemp("acme")
    issuer = Issuer(site, directory)
    variant = beside(site, directory)
    address = site.hosts()["app1"]
    internal = (site.environment.state / "ca.pem").read_text()
    issuer.install()
    try:
        public = {"names": [NAME], "certificate": {"acme": {"email": "ops@door.internal", "directory": issuer.url}}}
        variant.write(site, public, ca=(directory / "api.pem").read_text())
        first = variant.configure("--tags", "certificates")
        begun = served(NAME, address, internal)
        issuer.start()
        roots = issuer.root()
        variant.write(site, public, ca=(directory / "api.pem").read_text() + roots)
        assert variant.changes() > 0
        yield Door(variant, issuer, address, first, begun, roots)
    finally:
        own = Variant(site.directory)
        done = own.playbook("site", "--limit", "app1", "--tags", "certificates,nginx,proxy")
        issuer.remove()
        assert done.returncode == 0, done.stdout
        left = site.ssh("app1", UNITS).stdout
        site.ssh("app1", "rm -rf /var/lib/private/shoestring-acme /var/lib/shoestring-acme /etc/shoestring/tls/acme.*")
    assert "shoestring-acme.timer" not in left, left
    assert ".sock" not in left, left
    assert served(address, address, internal)["issuer"] == begun["issuer"]


def test_while_the_issuer_is_down_the_door_serves_the_hosts_own_certificate(door: Door) -> None:
    assert door.first.returncode != 0
    said = door.first.stdout
    assert "connection refused" in said, "what the issuer's side said is not told"
    assert f"No public certificate could be had for {NAME}" in said
    assert "DNS" in said
    assert "internal CA" in str(door.internal["issuer"])


def test_what_the_issuer_gave_is_served(door: Door) -> None:
    found = served(NAME, door.address, door.roots)
    assert "Pebble" in str(found["issuer"])
    assert found["subjectAltName"] == (("DNS", NAME),)
    with pytest.raises(ssl.SSLError):
        served(NAME, door.address, (door.variant.environment.state / "ca.pem").read_text())


def test_an_unchanged_run_asks_no_issuer(door: Door) -> None:
    before = door.issuer.orders()
    assert before > 0
    assert door.variant.changes() == 0
    assert door.issuer.orders() == before


def test_a_renewal_loses_no_request_and_opens_no_port(door: Door) -> None:
    watch = "while sleep 0.05; do ss -Hltn; done > /run/listened"
    door.host(f'systemd-run --quiet --collect --unit=watch sh -c "{watch}"')
    with requests(NAME, door.address, door.roots) as seen:
        for _ in range(2):
            door.end_is_near()
            assert door.renew() == 0
    assert seen.lost == []
    assert len(seen.serials) == 3, "the first and two new ones"
    door.host("systemctl stop watch")
    lines = door.host("sort -u /run/listened; rm /run/listened").splitlines()
    listened = {line.split()[3] for line in lines}
    assert "127.0.0.1:444" in listened, "the challenge's port was not seen, so nothing was watched"
    outside = {one.rpartition(":")[2] for one in listened if not one.startswith(("127.", "[::1]"))}
    assert outside == {"22", "443", "8443"}


def test_while_the_issuer_is_down_the_old_certificate_stays(door: Door) -> None:
    before = served(NAME, door.address, door.roots)["serialNumber"]
    door.issuer.stop()
    try:
        door.end_is_near()
        assert door.renew() != 0
        assert served(NAME, door.address, door.roots)["serialNumber"] == before
        found = door.variant.resolving("status", {NAME: door.address}, FORMAT="json")
        said = json.loads(found.stdout)
        assert (said["result"], said["url"]) == ("degraded", f"https://{NAME}"), "a failed renewal is to be seen"
        assert {host["name"]: host["state"] for host in said["hosts"]}["app1"] == "degraded"
        assert "connection refused" in door.host("journalctl --unit shoestring-acme --lines 20 --output cat")
    finally:
        door.issuer.start()
        door.roots = door.issuer.root()
    assert door.renew() == 0, "the next try is not held up by the failed one"
    assert served(NAME, door.address, door.roots)["serialNumber"] != before


def test_what_is_unfit_is_not_put_into_service(door: Door) -> None:
    """A pair that does not fit, as a kill between lego's two files leaves it, or one that a broken issuer gave."""
    before = served(NAME, door.address, door.roots)["serialNumber"]
    key = f"{HELD}/{NAME}.key"
    door.host(
        f"cd {HELD} && cp -p {NAME}.key /run/key && openssl ecparam -name prime256v1 -genkey -noout -out {NAME}.key"
    )
    try:
        orders = door.issuer.orders()
        assert door.renew() != 0
        assert door.issuer.orders() == orders, "an issuer whose certificate will not do is asked again at once"
        assert "the key of another certificate" in door.host("journalctl --unit shoestring-acme --lines 5 --output cat")
        assert served(NAME, door.address, door.roots)["serialNumber"] == before
    finally:
        door.host(f"cp -p /run/key {key}; rm /run/key")
    assert door.renew() == 0


def test_the_real_address_is_logged_and_none_can_be_claimed(door: Door) -> None:
    mark, context = f"mark{time.time_ns()}", ssl.create_default_context(cadata=door.roots)
    own = (
        subprocess.check_output(["ip", "-oneline", "route", "get", door.address], text=True)
        .split(" src ")[1]
        .split()[0]
    )
    for before in (b"", b"PROXY TCP4 6.6.6.6 7.7.7.7 1 443\r\n"):
        with socket.create_connection((door.address, 443), timeout=10) as plain:
            plain.sendall(before)
            request = f"GET /{mark} HTTP/1.1\r\nHost: {NAME}\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n"
            try:
                with context.wrap_socket(plain, server_hostname=NAME) as encrypted:
                    encrypted.sendall(request.encode())
                    assert b" 401 " in encrypted.recv(100)
                    assert before == b"", "the door took the address that a client claimed"
            except ssl.SSLError:
                assert before != b""
    lines = [json.loads(line) for line in door.host("tail -n 50 /var/log/nginx/access.log").splitlines()]
    mine = [line for line in lines if line["path"] == f"/{mark}"]
    assert [(line["client"], line["server"]) for line in mine] == [(own, "443")]
    assert not [line for line in lines if "6.6.6.6" in line["client"]]


def test_no_other_user_of_the_host_can_answer_or_claim(door: Door) -> None:
    """Who could bind the challenge's port would get a certificate for the name; who reaches the socket, any address."""
    bind = 'import socket; socket.socket().bind((\\"127.0.0.1\\", 444))'
    reach = 'import socket; socket.socket(socket.AF_UNIX).connect(\\"/run/shoestring-door/https.sock\\")'
    for attempt in (bind, reach):
        done = door.variant.ssh("app1", f'runuser -u nobody -- python3 -c "{attempt}"')
        assert "PermissionError" in done.stderr, done.stderr
        assert door.variant.ssh("app1", f'runuser -u www-data -- python3 -c "{reach}"').returncode == 0

"""`certificate: acme`, against a real issuer: issued, renewed without a lost request, kept when the issuer is down."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.hosts.issuer import Issuer
from tests.hosts.site import Site
from tests.hosts.steady import requests, served
from tests.hosts.variant import Variant, beside

pytestmark = pytest.mark.full  # each of these tests waits for an issuer, and the site changes its door twice for them

NAME = "predict.door.internal"
HELD = "/var/lib/shoestring-acme/lego/*/certificates"
UNITS = "systemctl list-unit-files --no-legend shoestring-acme*; ls /run/shoestring-door /var/lib/shoestring-acme 2>&1"


@dataclass
class Door:
    """The site's proxy with a certificate by ACME. `roots`: what its clients trust, the issuer's root as it is now."""

    variant: Variant
    issuer: Issuer
    api: str  # the CA of the issuer's own API
    roots: str = ""

    @property
    def address(self) -> str:
        return self.variant.hosts()["app1"]

    @property
    def internal(self) -> str:
        return (self.variant.environment.state / "ca.pem").read_text()

    def start_issuer(self) -> None:
        """It forgets all accounts and makes itself a new root, which the environment's file then names."""
        self.issuer.start()
        self.roots = self.issuer.root()
        (self.variant.directory / "public/ca.pem").write_text(self.api + self.roots)

    def host(self, command: str) -> str:
        return self.variant.ssh("app1", command).stdout.strip()

    def renew(self) -> int:
        """Starts the unit as its timer does; its exit code."""
        return self.variant.ssh("app1", "systemctl start shoestring-acme.service").returncode

    def end_is_near(self) -> None:
        """What lego holds is taken away, so that it asks for another; what is in service stays."""
        assert self.variant.ssh("app1", f"rm {HELD}/{NAME}.crt").returncode == 0

    def forget(self) -> None:
        """As on a host that never had a public certificate."""
        self.host("rm -rf /var/lib/private/shoestring-acme /var/lib/shoestring-acme /etc/shoestring/tls/acme.*")

    def serial(self) -> object:
        return served(NAME, self.address, self.roots)["serialNumber"]

    def is_renewed(self, before: object) -> bool:
        """Within ten seconds."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            try:
                if self.serial() != before:
                    return True
            except ssl.SSLError:
                pass  # still the old one, of a root that the issuer had before
            time.sleep(0.1)
        return False


@pytest.fixture(scope="module")
def door(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Issued by one run; in the end the site's own kind again, and nothing of this one left."""
    directory = tmp_path_factory.mktemp("acme")
    issuer = Issuer(site, directory)
    variant = beside(site, directory)
    public = {"names": [NAME], "certificate": {"acme": {"email": "ops@door.internal", "directory": issuer.url}}}
    variant.write(site, public)
    issuer.install()
    made = Door(variant, issuer, (directory / "api.pem").read_text())
    try:
        made.forget()
        made.start_issuer()
        assert variant.changes("--tags", "certificates") > 0
        yield made
    finally:
        done = Variant(site.directory).configure("--tags", "certificates")
        issuer.remove()
        assert done.returncode == 0, done.stdout
        left = site.ssh("app1", UNITS).stdout
        made.forget()
    assert "shoestring-acme.timer" not in left, left
    assert ".sock" not in left, left
    assert "internal CA" in str(served(made.address, made.address, made.internal)["issuer"])


def test_what_the_issuer_gave_is_served(door: Door) -> None:
    assert door.is_renewed(None)
    found = served(NAME, door.address, door.roots)
    assert "Pebble" in str(found["issuer"])
    assert found["subjectAltName"] == (("DNS", NAME),)
    with pytest.raises(ssl.SSLError):
        served(NAME, door.address, door.internal)


def test_a_renewal_loses_no_request_and_opens_no_port(door: Door) -> None:
    watch = "while sleep 0.05; do ss -Hltn; done > /run/listened"
    door.host(f'systemd-run --quiet --collect --unit=watch sh -c "{watch}"')
    key = "openssl pkey -in /etc/shoestring/tls/acme.pem -pubout"
    first = door.host(key)
    with requests(NAME, door.address, door.roots) as seen:
        for _ in range(2):
            before = door.serial()
            door.end_is_near()
            assert door.renew() == 0, door.host("journalctl --unit shoestring-acme --lines 30 --output cat")
            assert door.is_renewed(before)
    assert seen.lost == []
    assert len(seen.serials) == 3, "the first and two new ones"
    # nginx reads chain and key one after the other; a renewal between the two would break off that connection.
    assert door.host(key) == first != ""
    door.host("systemctl stop watch")
    lines = door.host("sort -u /run/listened; rm /run/listened").splitlines()
    listened = {line.split()[3] for line in lines}
    assert "127.0.0.1:444" in listened, "the challenge's port was not seen, so nothing was watched"
    outside = {one.rpartition(":")[2] for one in listened if not one.startswith(("127.", "[::1]"))}
    assert outside == {"22", "443", "8443"}


def test_while_the_issuer_is_down_the_old_certificate_stays(door: Door) -> None:
    before = door.serial()
    door.issuer.stop()
    try:
        door.end_is_near()
        assert door.renew() != 0
        assert door.serial() == before
        found = door.variant.resolving("status", {NAME: door.address}, FORMAT="json")
        said = json.loads(found.stdout)
        assert (said["result"], said["url"]) == ("degraded", f"https://{NAME}"), "a failed renewal is to be seen"
        assert {host["name"]: host["state"] for host in said["hosts"]}["app1"] == "degraded"
        assert "connection refused" in door.host("journalctl --unit shoestring-acme --lines 20 --output cat")
    finally:
        door.start_issuer()
    assert door.renew() == 0, "the next try is not held up by the failed one"
    assert door.is_renewed(before)


def test_what_is_unfit_is_not_put_into_service(door: Door) -> None:
    """A pair that does not fit, as a kill between lego's two files leaves it, or one that a broken issuer gave."""
    before = door.serial()
    key = f"{HELD}/{NAME}.key"
    door.host(
        f"cd {HELD} && cp -p {NAME}.key /run/key && openssl ecparam -name prime256v1 -genkey -noout -out {NAME}.key"
    )
    try:
        orders = door.issuer.orders()
        assert door.renew() != 0
        assert door.issuer.orders() == orders, "an issuer whose certificate will not do is asked again at once"
        assert "the key of another certificate" in door.host("journalctl --unit shoestring-acme --lines 5 --output cat")
        assert door.serial() == before
    finally:
        door.host(f"cp -p /run/key {key}; rm /run/key")
    assert door.renew() == 0, door.host("journalctl --unit shoestring-acme --lines 30 --output cat")


def test_the_real_address_is_logged_and_none_can_be_claimed(door: Door) -> None:
    context = ssl.create_default_context(cadata=door.roots)
    request = f"GET /nothing HTTP/1.1\r\nHost: {NAME}\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n"
    for before in (b"", b"PROXY TCP4 6.6.6.6 7.7.7.7 1 443\r\n"):
        with socket.create_connection((door.address, 443), timeout=10) as plain:
            plain.sendall(before)
            try:
                with context.wrap_socket(plain, server_hostname=NAME) as encrypted:
                    encrypted.sendall(request.encode())
                    answer = http.client.HTTPResponse(encrypted)
                    answer.begin()
                    assert answer.status == 401
                    assert before == b"", "the door took the address that a client claimed"
                    own, request_id = encrypted.getsockname()[0], answer.headers["X-Request-Id"]
            except ssl.SSLError:
                assert before != b""
    lines = [json.loads(line) for line in door.host("tail -n 50 /var/log/nginx/access.log").splitlines()]
    mine = [line for line in lines if line["request_id"] == request_id]
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


def test_an_unchanged_run_asks_no_issuer(door: Door) -> None:
    door.variant.changes()  # what the tests before left: the issuer has another root by now
    before = door.issuer.orders()
    assert before > 0
    assert door.variant.changes("--check", "--diff") == 0
    assert door.variant.changes() == 0
    assert door.issuer.orders() == before


def test_a_killed_nginx_comes_back(door: Door) -> None:
    """A socket file that a killed nginx left would keep the next one from listening."""
    before = door.host("cat /run/nginx.pid; kill -9 $(cat /run/nginx.pid)")
    end = time.monotonic() + 30
    while door.host("systemctl is-active nginx; cat /run/nginx.pid") in ("", f"active\n{before}"):
        assert time.monotonic() < end
    while time.monotonic() < end:
        try:
            assert door.serial()
            break
        except OSError:
            time.sleep(0.2)
    else:
        pytest.fail(door.host("journalctl --unit nginx --lines 20 --output cat"))


def test_the_last_third_of_its_life_is_time_to_renew(door: Door) -> None:
    door.issuer.start(seconds=40)
    door.roots = door.issuer.root()
    door.end_is_near()
    assert door.renew() == 0, door.host("journalctl --unit shoestring-acme --lines 30 --output cat")
    assert door.is_renewed(None)
    before, orders = door.serial(), door.issuer.orders()
    assert door.renew() == 0, door.host("journalctl --unit shoestring-acme --lines 30 --output cat")
    assert door.issuer.orders() == orders, "asked while there was time"
    time.sleep(28)
    assert door.renew() == 0, door.host("journalctl --unit shoestring-acme --lines 30 --output cat")
    assert door.issuer.orders() == orders + 1
    assert door.is_renewed(before)
    door.start_issuer()
    door.end_is_near()
    assert door.renew() == 0, door.host("journalctl --unit shoestring-acme --lines 30 --output cat")


def test_an_issuer_that_is_down_at_first_leaves_a_door_that_serves_and_a_reason(door: Door) -> None:
    door.issuer.stop()
    door.forget()
    try:
        done = door.variant.configure()
        assert done.returncode != 0
        for said in ("connection refused", f"No public certificate could be had for {NAME}", "DNS", "make up"):
            assert said in done.stdout, done.stdout
        assert "internal CA" in str(served(NAME, door.address, door.internal)["issuer"])
    finally:
        door.start_issuer()
    assert door.variant.changes() > 0
    assert door.is_renewed(None)


def test_every_verb_trusts_what_clients_trust(door: Door) -> None:
    """Without the issuer, which `verify` rightly reports: nobody asked for its port."""
    door.issuer.stop()
    door.issuer.shut()
    try:
        for verb in ("status", "verify"):
            done = door.variant.resolving(verb, {NAME: door.address})
            assert done.returncode == 0, done.stdout
    finally:
        door.issuer.open(door.address)
        door.start_issuer()


def test_another_name_is_issued_anew(door: Door) -> None:
    footprint = door.variant.directory / "footprint.yml"
    good, issued = footprint.read_text(), door.issuer.issued()
    footprint.write_text(good.replace(f"- {NAME}\n", f"- {NAME}\n  - second.door.internal\n"))
    assert door.variant.changes() > 0
    assert door.issuer.issued() == issued + 1
    assert served("second.door.internal", door.address, door.roots)
    footprint.write_text(good)
    assert door.variant.changes() > 0
    assert door.is_renewed(None)
    with pytest.raises(ssl.SSLError):
        served("second.door.internal", door.address, door.roots)

"""Named API keys at the real door: added without a lost request, revoked on open connections too, within a minute."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import vault
from tests.hosts.site import Site

pytestmark = pytest.mark.full

PATH = "/readyz"
MINUTE = 60.0


class Client:
    """Keeps one connection, as clients do; `retries` counts those that the door had closed while they were idle."""

    def __init__(self, site: Site, key: str) -> None:
        context = ssl.create_default_context(cafile=str(site.environment.state / "ca.pem"))
        name = site.footprint()["public"]["names"][0]
        self._connection = http.client.HTTPSConnection(name, context=context, timeout=20)
        self._headers = {"Authorization": f"Bearer {key}"}
        self.retries = 0

    def ask(self) -> int:
        for last in (False, True):
            fresh = self._connection.sock is None
            try:
                self._connection.request("GET", PATH, headers=self._headers)
                answer = self._connection.getresponse()
                answer.read()
                return answer.status
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
                # RFC 9112, 9.3.1: an idle connection may be closed at any time; a new one has to work.
                self._connection.close()
                if fresh or last:
                    raise
                self.retries += 1
        raise AssertionError

    def close(self) -> None:
        self._connection.close()


def _key(site: Site, name: str) -> str:
    return (site.environment.state / "keys" / name).read_text()


def _listed(site: Site) -> list[str]:
    return [one["name"] for one in json.loads(site.verb("keys", FORMAT="json").stdout)]


@pytest.fixture
def ada(site: Site) -> Iterator[str]:
    """A key of that name, gone afterwards."""
    done = site.verb("key-add", "--name", "ada")
    assert done.returncode == 0, done.stdout
    yield _key(site, "ada")
    if "ada" in _listed(site):
        assert site.verb("key-revoke", "--name", "ada").returncode == 0


def _kept_and_listed(site: Site, key: str) -> None:
    shown = site.verb("keys").stdout
    assert "ada" in shown
    assert key not in shown
    assert vault.read(site.environment.vault, vault.key())["vault_api_keys"]["ada"]["key"] == key
    again = site.playbook("site", "--limit", "proxy", "--tags", "proxy")
    assert "changed=0" in again.stdout, "the verb left something undone"


def test_a_key_is_added_under_load_and_revoked_on_an_open_connection(site: Site) -> None:
    old = (site.environment.state / "api-key").read_text()
    codes: list[int] = []
    errors: list[str] = []
    stop = threading.Event()

    def load() -> None:
        client = Client(site, old)
        while not stop.is_set():
            try:
                codes.append(client.ask())
            except (OSError, http.client.HTTPException) as error:
                errors.append(repr(error))
            time.sleep(0.02)
        client.close()

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        added = site.verb("key-add", "--name", "ada")
        assert added.returncode == 0, added.stdout
        key = _key(site, "ada")
        _kept_and_listed(site, key)
        open_one = Client(site, key)
        assert open_one.ask() == 200
        started = time.monotonic()
        revoked = site.verb("key-revoke", "--name", "ada")
        assert revoked.returncode == 0, revoked.stdout
        assert open_one.ask() == 401, "an open connection goes on with a revoked key"
        assert time.monotonic() - started < MINUTE
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert errors == []
    assert len(codes) > 100
    assert set(codes) == {200}, "the other key lost requests"
    assert key not in added.stdout + revoked.stdout, "a key in what a log may keep"
    assert "ada" not in _listed(site)
    assert site.ask(PATH, key=key)[0] == 401
    log = site.ssh("app1", "cat /var/log/nginx/access.log").stdout
    asked = [json.loads(line) for line in log.splitlines() if '"key":"ada"' in line]
    assert {line["path"] for line in asked} >= {PATH}, "the log does not name the key"
    assert key not in log


def test_a_request_that_never_ends_does_not_carry_a_revoked_key_past_a_minute(site: Site, ada: str) -> None:
    """A byte now and then keeps a request alive in the process that still knows the key."""
    context = ssl.create_default_context(cafile=str(site.environment.state / "ca.pem"))
    name = site.footprint()["public"]["names"][0]
    ended: list[float] = []
    with socket.create_connection((name, 443), timeout=10) as plain:
        client = context.wrap_socket(plain, server_hostname=name)
        head = f"POST /v1/predictions HTTP/1.1\r\nHost: {name}\r\nAuthorization: Bearer {ada}\r\n"
        client.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n".encode())
        client.settimeout(1)

        def trickle() -> None:
            end = time.monotonic() + 3 * MINUTE
            try:
                while time.monotonic() < end:
                    client.sendall(b" ")
                    with contextlib.suppress(TimeoutError):
                        if client.recv(4096) == b"":
                            break
            except OSError:
                pass
            ended.append(time.monotonic())

        trickling = threading.Thread(target=trickle)
        trickling.start()
        time.sleep(20)
        assert ended == [], "the door cuts it anyway, so nothing is proven"
        started = time.monotonic()
        assert site.verb("key-revoke", "--name", "ada").returncode == 0
        done = time.monotonic()
        trickling.join()
    assert started < ended[0] < done + MINUTE
    log = site.ssh("app1", "tail -n 200 /var/log/nginx/access.log").stdout
    assert 0 in {json.loads(line)["status"] for line in log.splitlines()}, "nginx's own word for it, 000, is no JSON"


def test_default_can_be_replaced_and_the_verbs_go_on(site: Site, ada: str) -> None:
    state = site.environment.state
    kept = vault.read(site.environment.vault, vault.key())
    try:
        done = site.verb("key-revoke", "--name", "default")
        assert done.returncode == 0, done.stdout
        assert "ask with 'ada' now" in done.stdout
        assert (state / "api-key").read_text() == ada
        assert site.status()["result"] == "ok"
        site.must("verify")
        assert "the only key" in site.verb("key-revoke", "--name", "ada").stdout
    finally:
        # The same key again, since other tests hold it.
        vault.write(site.environment.vault, kept, vault.key())
        site.must("secrets")
        assert site.playbook("site", "--limit", "proxy", "--tags", "proxy").returncode == 0
    assert site.ask(PATH)[0] == 200
    assert Path(state / "api-key").read_text() == kept["vault_api_keys"]["default"]

"""API keys are named, shown once, proven at the door, and gone when they are revoked; whatever breaks off."""

from __future__ import annotations

import json
import ssl
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jinja2
import pytest

from infra import api_keys
from ops import keys, lock, playbook, secrets, vault
from ops.environment import ROOT, Environment
from ops.errors import OperationError
from ops.look import status
from ops.rehearsal import write_footprint
from ops.steps import Steps
from tests.ops import certificates
from tests.ops.test_rehearsal import THREE


class Proxy:
    """Stands for the hosts: a TLS door that knows the keys of the last playbook run, which `fails` may break."""

    def __init__(self, environment: Environment) -> None:
        self.environment, self.fails = environment, ""
        self.known: set[str] = set()
        self.runs: list[tuple[str, ...]] = []

    def run(self, _: Environment, name: str, step: Any, options: tuple[str, ...] = ()) -> None:
        assert step.title == "Proxy"
        self.runs.append((name, *options))
        if self.fails:
            raise OperationError(self.fails, "The hosts stopped there.", "Mend it.")
        self.known = set(api_keys.valid(opened(self.environment)[api_keys.VARIABLE]).values())


def opened(environment: Environment) -> dict[str, Any]:
    return vault.read(environment.vault, vault.key())


@pytest.fixture
def proxy(one: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    secrets.ensure_vault(one)
    write_footprint(one, THREE)
    made = Proxy(one)

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if self.headers["Authorization"].removeprefix("Bearer ") in made.known else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    whole = opened(one)
    chain = certificates.leaf(whole["vault_ca_key"], whole["vault_ca_certificate"], "127.0.0.1", tmp_path)
    context.load_cert_chain(chain)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setattr(playbook, "run", made.run)
    monkeypatch.setattr(status, "url_of", lambda _: f"https://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(keys, "WAIT", 1.0)
    monkeypatch.setattr(keys, "PAUSE", 0.05)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def add(environment: Environment, name: str) -> Path:
    with Steps() as steps:
        return keys.add(environment, name, steps)


def revoke(environment: Environment, name: str) -> str | None:
    with Steps() as steps:
        return keys.revoke(environment, name, steps)


def names(environment: Environment) -> dict[str, str]:
    return {key.name: key.state for key in keys.listed(environment)}


def test_a_new_key_is_taken_and_only_its_owner_can_read_it(one: Environment, proxy: Proxy) -> None:
    path = add(one, "ada")
    made = path.read_text()
    assert made in proxy.known
    assert len(made) >= 32
    assert proxy.runs == [("site", "--limit", "proxy", "--tags", "proxy")], "only what is needed"
    assert path.with_name("ada.header").read_text() == f"Authorization: Bearer {made}\n"
    for file in (path, path.with_name("ada.header"), one.vault):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(one.state.glob(".key-*")) == [], "the file that the door was asked with stays"


def test_the_list_never_has_a_key(one: Environment, proxy: Proxy) -> None:
    made = add(one, "ada").read_text()
    assert proxy.runs
    ada, default = keys.listed(one)
    assert (ada.name, default.name, default.created) == ("ada", "default", None)
    assert ada.created is not None
    assert ada.created.endswith("Z")
    shown = json.dumps([vars(ada), vars(default)])
    for key in (made, opened(one)[api_keys.VARIABLE]["default"]):
        assert key not in shown
        assert key[-4:] not in shown


@pytest.mark.parametrize("name", ["", "Ada", "a b", "-a", "ada;id", "a" * 41, "ädä", "a\nb"])
def test_a_bad_name_is_refused(one: Environment, proxy: Proxy, name: str) -> None:
    with pytest.raises(OperationError, match="can't name a key"):
        add(one, name)
    assert proxy.runs == []


def test_a_name_is_not_given_twice(one: Environment, proxy: Proxy) -> None:
    made = add(one, "ada").read_text()
    with pytest.raises(OperationError, match="named 'ada' already"):
        add(one, "ada")
    assert made in proxy.known


def test_a_key_that_the_proxy_does_not_take_is_none(one: Environment, proxy: Proxy) -> None:
    before = opened(one)
    proxy.fails = "app1 is unreachable"
    with pytest.raises(OperationError, match="unreachable"):
        add(one, "ada")
    assert opened(one) == before
    proxy.fails = ""
    proxy.known = set()
    proxy.run = lambda *_, **__: None  # type: ignore[method-assign]  # it ran, and the door did not follow
    playbook.run = proxy.run  # type: ignore[assignment]  # monkeypatch puts it back
    with pytest.raises(OperationError, match="does not take 'ada'"):
        add(one, "ada")
    assert opened(one) == before
    assert not (one.state / "keys").exists()


def test_a_revoked_key_is_refused_and_forgotten(one: Environment, proxy: Proxy) -> None:
    path = add(one, "ada")
    made = path.read_text()
    assert revoke(one, "ada") is None
    assert made not in proxy.known
    assert opened(one)[api_keys.VARIABLE].keys() == {"default"}
    assert list(path.parent.iterdir()) == []


def test_a_revocation_that_broke_off_is_told_and_finished_by_the_same_command(one: Environment, proxy: Proxy) -> None:
    made = add(one, "ada").read_text()
    proxy.fails = "app1 is unreachable"
    with pytest.raises(OperationError, match="unreachable") as caught:
        revoke(one, "ada")
    assert "may still take it" in caught.value.consequence
    assert "make key-revoke NAME=ada" in caught.value.fix
    assert names(one) == {"ada": "being revoked", "default": "valid"}
    proxy.fails = ""
    revoke(one, "ada")
    assert names(one) == {"default": "valid"}
    assert made not in proxy.known


def test_an_unknown_name_is_told_with_those_that_there_are(one: Environment, proxy: Proxy) -> None:
    with pytest.raises(OperationError, match=r"no key named 'adA'\. There are: default\."):
        revoke(one, "adA")
    assert proxy.runs == []


def test_the_last_key_stays_and_default_goes_only_when_another_takes_its_place(one: Environment, proxy: Proxy) -> None:
    with pytest.raises(OperationError, match="the only key"):
        revoke(one, "default")
    made = add(one, "ada").read_text()
    assert revoke(one, "default") == "ada"
    assert (one.state / "api-key").read_text() == made, "status and verify ask with the one that stays"
    assert proxy.known == {made}
    assert not secrets.ensure_vault(one), "the default key is not made again by itself"
    with pytest.raises(OperationError, match="the only key"):
        revoke(one, "ada")


def test_two_at_once_do_not_lose_a_key(one: Environment, proxy: Proxy) -> None:
    with lock.held(one, "key-add"), pytest.raises(OperationError, match="key-add"):
        add(one, "ada")
    assert proxy.runs == []


def test_the_proxys_map_has_each_valid_key_in_either_form() -> None:
    template = ROOT / "ansible/roles/proxy/templates/etc/nginx/shoestring-keys.conf.j2"
    entries = {"default": "K1", "ada": {"key": "K2", "created": "x"}, "eve": {"key": "K3", "revoked": "y"}}
    text = jinja2.Template(template.read_text()).render(ansible_managed="", vault_api_keys=entries)
    assert [line for line in text.splitlines() if line.startswith('"')] == [
        '"~^Bearer K1$" default;',
        '"~^Bearer K2$" ada;',
    ]
    assert api_keys.valid(entries) == {"default": "K1", "ada": "K2"}

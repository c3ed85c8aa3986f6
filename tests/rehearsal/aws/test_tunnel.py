"""The stand-in for the AWS CLI: to the address that the account has, and bytes both ways, for as long as ssh likes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ops.environment import ROOT
from rehearsal.aws import tunnel
from rehearsal.tunnel import connected
from tests.rehearsal.aws import servers
from tests.rehearsal.aws.small import REGION

CARRY = "from rehearsal import tunnel; tunnel.carry(tunnel.connected('127.0.0.1', int(__import__('sys').argv[1])))"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.serving(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="module")
def machine(url: str) -> dict[str, Any]:
    return servers.machine(url)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


def port(server: socket.socket) -> int:
    number: int = server.getsockname()[1]
    return number


def serve(server: socket.socket, talk: Callable[[socket.socket], None]) -> threading.Thread:
    def go() -> None:
        end, _ = server.accept()
        with end:
            end.settimeout(10)
            talk(end)

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    return thread


def received(end: socket.socket) -> bytes:
    """All until the other side says no more."""
    found = b""
    while data := end.recv(65536):
        found += data
    return found


def test_the_address_is_the_account_s(url: str, machine: dict[str, Any]) -> None:
    assert tunnel.address(url, machine["InstanceId"], REGION) == machine["PrivateIpAddress"]


def test_an_instance_that_is_not_there_has_none(url: str, machine: dict[str, Any]) -> None:
    for instance, region in (("i-0123456789abcdef0", REGION), (machine["InstanceId"], "eu-west-1")):
        with pytest.raises(SystemExit, match=f"{instance} is not in the emulated account"):
            tunnel.address(url, instance, region)


def test_an_account_that_is_gone_is_said_in_a_line() -> None:
    with pytest.raises(SystemExit, match="does not answer"):
        tunnel.address(f"http://127.0.0.1:{servers.free_port()}", "i-0123456789abcdef0", REGION)


@pytest.mark.parametrize(
    "server", ["", "https://ec2.eu-central-1.amazonaws.com", "http://10.0.0.1:5000", "http://127.0.0.1.evil.example"]
)
def test_only_a_rehearsal_s_account_is_asked(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: pytest.fail("it was asked"))
    with pytest.raises(SystemExit, match="no rehearsal's account"):
        tunnel.address(server, "i-0123456789abcdef0", REGION)


def test_a_connection_may_be_silent_for_as_long_as_it_likes(listening: socket.socket) -> None:
    with connected("127.0.0.1", port(listening)) as connection:
        assert connection.gettimeout() is None, "an ssh that waits for a long task would lose its connection"


def test_bytes_go_both_ways_and_it_ends_with_the_far_end(listening: socket.socket) -> None:
    there, back = os.urandom(300_000), os.urandom(300_000)
    got: list[bytes] = []

    def talk(end: socket.socket) -> None:
        got.append(received(end))
        end.sendall(back)

    thread = serve(listening, talk)
    argv = [sys.executable, "-c", CARRY, str(port(listening))]
    done = subprocess.run(argv, cwd=ROOT, input=there, capture_output=True, timeout=60, check=True)
    thread.join(5)
    assert got == [there]
    assert done.stdout == back
    assert done.stderr == b""


def test_it_ends_with_the_far_end_though_ssh_says_nothing(listening: socket.socket) -> None:
    thread = serve(listening, lambda end: end.sendall(b"SSH-2.0-test\r\n"))
    argv = [sys.executable, "-c", CARRY, str(port(listening))]
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.read() == b"SSH-2.0-test\r\n", "read to its end, with its input still open"
        assert running.wait(10) == 0
    thread.join(5)


def test_the_command_is_the_cli_s() -> None:
    words = ["ec2-instance-connect", "open-tunnel", "--instance-id", "i-0123456789abcdef0", "--remote-port", "22"]
    words += ["--region", REGION]
    environment = os.environ | {"AWS_ENDPOINT_URL": "http://10.0.0.1:5000"}
    argv = [sys.executable, "-m", "rehearsal.aws.tunnel"]
    done = subprocess.run([*argv, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "no rehearsal's account" in done.stderr, "its words were understood"
    done = subprocess.run([*argv, "s3", "rb", "s3://all"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "invalid choice" in done.stderr

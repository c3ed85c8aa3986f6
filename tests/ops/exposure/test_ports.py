"""The scan on real sockets: open is what accepts, and an answer by UDP is an answer; nothing else is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from ops.exposure.far import listening, ports


@pytest.fixture(params=["127.0.0.1", "::1"])
def address(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def opened(address: str) -> Iterator[int]:
    with socket.create_server((address, 0), family=_family(address)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed(address: str) -> int:
    """One that was free a moment ago."""
    with socket.create_server((address, 0), family=_family(address)) as server:
        return int(server.getsockname()[1])


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def test_what_accepts_is_open(address: str, opened: int, closed: int) -> None:
    assert ports.tcp(address, [closed, opened]) == [opened]


def test_all_ports_are_tried_however_many_at_once(address: str, opened: int) -> None:
    """More ports than connections at a time: the rest has to follow, the last one too."""
    for last in (opened, 65535):
        assert opened in ports.tcp(address, range(max(1, last - 3 * ports.AT_ONCE), last + 1)) or last != opened
    assert opened in ports.tcp(address, range(1, 65536))


def test_it_leaves_by_the_address_that_it_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert ports.tcp("127.0.0.1", [server.getsockname()[1]], own="127.0.0.2") == [server.getsockname()[1]]
        assert server.accept()[1][0] == "127.0.0.2"


def test_a_datagram_that_is_answered_is_open_and_a_silent_listener_is_not(address: str, closed: int) -> None:
    with (
        socket.socket(_family(address), socket.SOCK_DGRAM) as talks,
        socket.socket(_family(address), socket.SOCK_DGRAM) as silent,
    ):
        for each in (talks, silent):
            each.bind((address, 0))

        def answer() -> None:
            _, client = talks.recvfrom(512)
            talks.sendto(b"!", client)

        threading.Thread(target=answer, daemon=True).start()
        asked = [talks.getsockname()[1], silent.getsockname()[1], closed]
        assert ports.udp(address, asked, seconds=0.5) == asked[:1]


def test_a_host_does_not_ask_itself() -> None:
    """By its loopback everything of its own is open to it, and that says nothing."""
    argument = {"targets": {"me": ["127.0.0.1", "::1"]}, "tcp": [22], "firm": [], "udp": []}
    assert ports.main(argument) == []


def test_an_address_without_a_way_is_closed_and_no_error() -> None:
    """Hosts without IPv6 are asked by IPv6 as well."""
    argument = {"targets": {"nobody": ["no-such-host.invalid"]}, "tcp": [22], "firm": [], "udp": []}
    assert ports.main(argument) == [
        {"target": "nobody", "address": "no-such-host.invalid", "own": None, "tcp": [], "udp": []}
    ]


@pytest.mark.parametrize("kind", ["-t", "-u"])
def test_a_listener_is_seen_and_one_on_loopback_is_not(kind: str) -> None:
    of = socket.SOCK_STREAM if kind == "-t" else socket.SOCK_DGRAM
    with socket.socket(type=of) as outside, socket.socket(type=of) as inside:
        outside.bind(("", 0))
        inside.bind(("127.0.0.1", 0))
        if kind == "-t":
            outside.listen()
            inside.listen()
        found = dict(listening.sockets(kind))
        assert outside.getsockname()[1] in found
        assert inside.getsockname()[1] not in found

"""Which TCP ports of others take a connection from here, and which UDP ports answer. Standard library only.

ARGUMENT: {"targets": {name: [address, ...]}, "tcp": [port, ...], "firm": [port, ...], "udp": [port, ...], "own"?}.
Prints JSON: [{"target", "address", "own", "tcp": [open], "udp": [answering]}, ...]; `own` is the address it left by.
A host does not ask itself. `firm` ports are waited for longer: on a busy machine an open port may be late.
"""

import contextlib
import errno
import json
import resource
import select
import socket
import time
from collections.abc import Iterable
from typing import Any

AT_ONCE = 500
SECONDS, FIRM_SECONDS = 1.0, 5.0
# What makes a service of the port's own protocol answer; any other gets an empty line.
_DNS = bytes.fromhex("1234010000010000000000000000020001")  # which are the root's name servers
_NTP = b"\x1b" + bytes(47)
_SNMP = bytes.fromhex("302602010104067075626c6963a019020101020100020100300e300c06082b060102010101000500")
DATAGRAMS = {53: _DNS, 5353: _DNS, 5355: _DNS, 123: _NTP, 161: _SNMP}


def resolved(address: str) -> tuple[int, Any]:
    """(family, socket address without a port) of an address or name. Raises OSError for a name that leads nowhere."""
    family, _, _, _, where = socket.getaddrinfo(address, None, type=socket.SOCK_STREAM)[0]
    return family, where


def left_by(family: int, where: Any, own: str) -> str:
    """The address that a packet to `where` leaves by; none is sent. Raises OSError where there is no way."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        if own:
            probe.bind((own, 0))
        probe.connect((where[0], 9, *where[2:]))
        return str(probe.getsockname()[0])


def tcp(address: str, ports: Iterable[int], firm: Iterable[int] = (), own: str = "") -> list[int]:
    """The ports of `address` that accept. Refused, unreachable and silent ones are closed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(4096, hard)), hard))
    family, where = resolved(address)
    waiting: dict[int, tuple[socket.socket, int, float]] = {}
    found: list[int] = []
    patiently, poll, todo = set(firm), select.epoll(), iter(ports)
    port = next(todo, None)
    while waiting or port is not None:
        while port is not None and len(waiting) < AT_ONCE:
            one = socket.socket(family)
            one.setblocking(False)
            if own:
                one.bind((own, 0))
            result = one.connect_ex((where[0], port, *where[2:]))
            if result == 0:
                found.append(port)
            if result == errno.EINPROGRESS:
                patience = FIRM_SECONDS if port in patiently else SECONDS
                waiting[one.fileno()] = (one, port, time.monotonic() + patience)
                poll.register(one.fileno(), select.EPOLLOUT)
            else:
                one.close()
            port = next(todo, None)
        for number, _ in poll.poll(0.05):
            one, tried, _ = waiting.pop(number)
            poll.unregister(number)
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                found.append(tried)
            one.close()
        now = time.monotonic()
        for number in [number for number, (_, _, end) in waiting.items() if end < now]:
            poll.unregister(number)
            waiting.pop(number)[0].close()
    poll.close()
    return sorted(found)


def udp(address: str, ports: Iterable[int], own: str = "", seconds: float = SECONDS) -> list[int]:
    """The ports of `address` that send anything back."""
    family, where = resolved(address)
    asked: dict[socket.socket, int] = {}
    found: set[int] = set()
    with contextlib.ExitStack() as stack:
        for port in ports:
            one = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
            one.setblocking(False)
            if own:
                one.bind((own, 0))
            with contextlib.suppress(OSError):  # no way there: closed
                one.connect((where[0], port, *where[2:]))
                one.send(DATAGRAMS.get(port, b"\r\n"))
                asked[one] = port
        end = time.monotonic() + seconds
        while asked and (left := end - time.monotonic()) > 0:
            for one in select.select(list(asked), [], [], left)[0]:
                with contextlib.suppress(OSError):  # refused by ICMP
                    one.recv(1)
                    found.add(asked[one])
                del asked[one]
    return sorted(found)


def here(family: int, address: str) -> bool:
    """Whether the address is this machine's own."""
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
        return True


def main(argument: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    own = argument.get("own", "")
    for target, addresses in argument["targets"].items():
        for address in addresses:
            try:
                family, where = resolved(address)
                if here(family, where[0]):
                    continue
                source = left_by(family, where, own)
            except OSError:  # no way there from here, such as IPv6 where there is none: nothing is open
                found.append({"target": target, "address": address, "own": None, "tcp": [], "udp": []})
                continue
            opened = tcp(address, argument["tcp"], argument["firm"], own)
            answering = udp(address, argument["udp"], own)
            found.append({"target": target, "address": address, "own": source, "tcp": opened, "udp": answering})
    return found


if __name__ == "__main__":
    print(json.dumps(main(globals()["ARGUMENT"])))  # ops/far.py sets it

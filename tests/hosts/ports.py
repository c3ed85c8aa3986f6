"""Sent to a host and run there: which TCP ports of an address take a connection. Standard library only.

usage: ports.py ADDRESS FIRST LAST SECONDS [OWN]; prints the open ones, one a line. OWN: leave by this own address.
"""

import errno
import resource
import select
import socket
import sys
import time

AT_ONCE = 500


def scan(address: str, ports: list[int], seconds: float, own: str = "") -> list[int]:
    """The ports of `address` that accept within `seconds`. Refused, unreachable and silent ones are closed."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    target = socket.getaddrinfo(address, None, family)[0][4]
    waiting: dict[int, tuple[socket.socket, int, float]] = {}
    found: list[int] = []
    poll = select.epoll()
    todo = iter(ports)
    exhausted = False
    while waiting or not exhausted:
        while len(waiting) < AT_ONCE and not exhausted:
            port = next(todo, None)
            if port is None:
                exhausted = True
                break
            one = socket.socket(family)
            one.setblocking(False)
            if own:
                one.bind((own, 0))
            result = one.connect_ex((target[0], port, *target[2:]))
            if result == 0:
                found.append(port)
                one.close()
            elif result == errno.EINPROGRESS:
                waiting[one.fileno()] = (one, port, time.monotonic() + seconds)
                poll.register(one.fileno(), select.EPOLLOUT)
            else:
                one.close()
        for number, _ in poll.poll(0.05):
            one, port, _ = waiting.pop(number)
            poll.unregister(number)
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                found.append(port)
            one.close()
        now = time.monotonic()
        for number in [number for number, (_, _, end) in waiting.items() if end < now]:
            poll.unregister(number)
            waiting.pop(number)[0].close()
    return sorted(found)


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    host, first, last, wait = sys.argv[1:5]
    leave = sys.argv[5] if len(sys.argv) > 5 else ""
    for one in scan(host, list(range(int(first), int(last) + 1)), float(wait), leave):
        print(one)

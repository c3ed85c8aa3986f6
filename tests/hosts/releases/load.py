"""Requests to the public door at a steady rate, whatever the door does (open loop): TLS verified, with a key."""

from __future__ import annotations

import http.client
import json
import select
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.hosts.site import Site
from tests.hosts.test_requests import FLIGHT, PREDICTIONS

RATE = 100.0  # a second: half of what the door lets one key ask for
WORKERS = 64  # so many may be unanswered at once before the rate suffers, which `late` would tell
BODY = json.dumps({"instances": [FLIGHT]})


@dataclass
class Load:
    """`lost`: what went wrong, one text a request. `ids`: of the predictions that were answered. `slowest`: seconds
    from when a request was due to its answer. `releases`: who answered.
    """

    lost: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    slowest: float = 0.0
    late: float = 0.0
    releases: set[str] = field(default_factory=set)


class _Client:
    """A worker's connection: kept by every other worker, opened anew for each request by the rest."""

    def __init__(self, site: Site, context: ssl.SSLContext, keeps: bool) -> None:
        self.key = site.environment.state / "api-key"
        self.keeps = keeps
        door = site.footprint()["public"]["names"][0]
        self.connection = http.client.HTTPSConnection(door, context=context, timeout=60)

    def ask(self) -> tuple[int, bytes]:
        if not self.keeps or self._ended():
            self.connection.close()
        # Read anew each time, as docs/rotate.md asks of clients: it changes under a rotation.
        headers = {"Authorization": f"Bearer {self.key.read_text().strip()}", "Content-Type": "application/json"}
        self.connection.request("POST", PREDICTIONS, BODY, headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def _ended(self) -> bool:
        """Whether the server has closed the idle connection, as it may at any time (RFC 9112, 9.3.1)."""
        waiting = self.connection.sock
        return waiting is not None and bool(select.select([waiting], [], [], 0)[0])


@contextmanager
def steady(site: Site, rate: float = RATE) -> Iterator[Load]:
    """Asks from its begin to its end; nothing is asked twice."""
    seen, stop, mutex, local = Load(), threading.Event(), threading.Lock(), threading.local()
    context = ssl.create_default_context(cafile=str(site.environment.state / "ca.pem"))
    numbers = iter(range(WORKERS))

    def begin() -> None:
        with mutex:
            local.client = _Client(site, context, next(numbers) % 2 == 0)

    def one(due: float) -> None:
        started = time.monotonic() - due
        try:
            status, body = local.client.ask()
            found = json.loads(body) if status == 200 else {}
            wrong = "" if status == 200 else f"{status} {body[:200]!r}"
        except (OSError, http.client.HTTPException) as error:
            local.client.connection.close()
            found, wrong = {}, repr(error)
        with mutex:
            seen.slowest, seen.late = max(seen.slowest, time.monotonic() - due), max(seen.late, started)
            if wrong:
                seen.lost.append(f"{time.strftime('%H:%M:%S')} {wrong}")
            else:
                seen.ids.append(found["predictions"][0]["id"])
                seen.releases.add(found["release"])

    def send(pool: ThreadPoolExecutor) -> None:
        due = time.monotonic()
        while not stop.is_set():
            pool.submit(one, due)
            due += 1 / rate
            time.sleep(max(0.0, due - time.monotonic()))

    with ThreadPoolExecutor(WORKERS, initializer=begin) as pool:
        sender = threading.Thread(target=send, args=(pool,))
        sender.start()
        try:
            yield seen
        finally:
            stop.set()
            sender.join()


def logged(site: Site, seen: Load) -> str:
    """What is wrong with the log table: predictions that were answered and are not in it exactly once."""
    host = next(one["name"] for one in site.footprint()["hosts"] if "database" in one["groups"])
    end = time.monotonic() + 20
    while True:
        done = site.ssh(
            host,
            "cd /tmp; runuser -u postgres -- psql -AtXq -d service -c "
            '"create temporary table answered (id uuid)" -c "copy answered from stdin" -c '
            '"select a.id, count(p.id) from answered a left join service.predictions p using (id) '
            'group by a.id having count(p.id) <> 1"',
            "\n".join(seen.ids) + "\n\\.\n",
        )
        assert done.returncode == 0, done.stderr
        if not done.stdout.strip() or time.monotonic() > end:
            return done.stdout.strip()
        time.sleep(1)  # a row may still be on its way from a spool

"""Keeps what the public door acknowledged, so that each of it can be asked for afterwards."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from types import TracebackType

from tests.hosts.site import Site
from tests.hosts.test_requests import FLIGHT, PREDICTIONS

BATCH = 5  # predictions in a request


class Ledger:
    """Writers that ask for predictions for as long as the block lasts; `ids` of all that were answered with 200."""

    def __init__(self, site: Site, writers: int = 4) -> None:
        self.ids: list[str] = []
        self._site = site
        self._since = time.time() - 10
        self._door = site.footprint()["public"]["names"][0]
        self._context = ssl.create_default_context(cafile=str(site.environment.state / "ca.pem"))
        key = (site.environment.state / "api-key").read_text().strip()
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(writers)]

    def __enter__(self) -> Ledger:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def grow(self, count: int, seconds: float) -> None:
        """Waits until that many more were acknowledged; AssertionError if they are not in time."""
        wanted, end = len(self.ids) + count, time.monotonic() + seconds
        while len(self.ids) < wanted:
            assert time.monotonic() < end, f"the door acknowledged fewer than {count} predictions in {seconds} s"
            time.sleep(0.05)

    def lost(self, seconds: float) -> set[str]:
        """Acknowledged predictions that have no row even after that time, which a spool has to catch up."""
        end = time.monotonic() + seconds
        while True:
            missing = set(self.ids) - self._written(last=time.monotonic() > end)
            if not missing or time.monotonic() > end:
                return missing
            time.sleep(1)

    def _written(self, last: bool) -> set[str]:
        try:
            rows = self._site.sql(f"select id from service.predictions where at > to_timestamp({self._since})")  # noqa: S608
        except AssertionError:  # PostgreSQL may be on its way up yet
            if last:
                raise
            return set()
        return set(rows.split())

    def _write(self) -> None:
        body = json.dumps({"instances": [FLIGHT] * BATCH}).encode()
        while not self._stop.is_set():
            connection = http.client.HTTPSConnection(self._door, timeout=5, context=self._context)
            try:
                while not self._stop.is_set():
                    connection.request("POST", PREDICTIONS, body, self._headers)
                    answer = connection.getresponse()
                    text = answer.read()
                    if answer.status == http.client.OK:
                        self.ids += [one["id"] for one in json.loads(text)["predictions"]]
                    time.sleep(0.01)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)  # whoever was promised nothing has lost nothing
            finally:
                connection.close()

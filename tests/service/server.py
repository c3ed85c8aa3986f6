"""The service as a host runs it: uvicorn on a unix socket, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from tests.service.postgres import wait_until

SOURCE = Path(__file__).resolve().parents[2] / "service" / "src"

FLIGHT: dict[str, Any] = {
    "carrier": "UA",
    "origin": "EWR",
    "destination": "IAH",
    "scheduled_departure": "2013-12-24T17:35",
}


class Server:
    """A running instance; `environment` is added to this process's own, less any PG* and SERVICE_* of it."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self.socket = directory / "http.sock"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "SERVICE_"))}
        self._errors = (directory / "stderr").open("ab")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "uvicorn",
                "--uds",
                str(self.socket),
                "--no-access-log",
                "predictor.app:app",
            ],
            env={**kept, "PYTHONPATH": str(SOURCE), **environment},
            stderr=self._errors,
        )
        self.client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(self.socket)), base_url="http://service", timeout=30
        )
        self.errors = directory / "stderr"
        wait_until(self._answers, "the service answers on its socket")

    def _answers(self) -> bool:
        assert self.process.poll() is None, f"the service ended at start: {self.errors.read_text()}"
        try:
            return self.client.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    def predict(self, count: int = 1) -> list[str]:
        """Asks about `count` flights; the ids of the predictions."""
        answer = self.client.post("/v1/predictions", json={"instances": [FLIGHT] * count})
        assert answer.status_code == 200, answer.text
        return [prediction["id"] for prediction in answer.json()["predictions"]]

    def ready(self) -> dict[str, Any]:
        """What /readyz says; it says 200 in any case."""
        answer = self.client.get("/readyz")
        assert answer.status_code == 200, "an instance without its database or its spool still predicts"
        said: dict[str, Any] = answer.json()
        return said

    def database(self) -> str:
        """What /readyz says of the database."""
        return str(self.ready()["database"])

    def waits(self) -> float:
        """Bytes in the spool."""
        lines = self.client.get("/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("service_log_spool_bytes "))

    def end(self, kind: signal.Signals = signal.SIGTERM) -> None:
        """Ends the process, and waits for it."""
        self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(kind)
        self.process.wait(60)
        self._errors.close()

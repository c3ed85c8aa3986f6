"""Requests at a service: as many as it can answer (wrk), and at a given rate (hey). Both come from Debian."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("wrk", "hey")
PATH = "/v1/predictions"
BODY = json.dumps(
    {"instances": [{"carrier": "UA", "origin": "EWR", "destination": "IAH", "scheduled_departure": "2013-12-24T17:35"}]}
)
# wrk's own summary rounds, and counts what was not 2xx in words: this says it in JSON.
_LUA = """
wrk.method = "POST"
wrk.path = "%s"
wrk.body = [[%s]]
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer %s"
done = function(summary, latency, requests)
  local e = summary.errors
  io.stderr:write(string.format('{"requests": %%d, "microseconds": %%d, "failed": %%d}\\n',
    summary.requests, summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Latency:
    """Of the requests at one rate, in milliseconds; `rate` is what came about, a second."""

    rate: float
    p50: float
    p95: float
    p99: float


def ensure() -> None:
    """Installs the load generators if they are missing, and says so."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        sys.stderr.write(f"bench: installs {' and '.join(missing)} from Debian on this machine\n")
        subprocess.run(["apt-get", "install", "--yes", "--quiet", *missing], check=True, stdout=subprocess.DEVNULL)


def saturate(urls: Sequence[str], key: str, directory: Path, connections: int, seconds: int) -> float:
    """Requests a second at all URLs together, each with its share of kept-alive connections.

    Raises RuntimeError if any was not answered with 2xx.
    """
    path = directory / "post.lua"
    path.write_text(script(key))
    share = ["-t1", f"-c{connections // len(urls)}", f"-d{seconds}s", "--timeout", "10s", "-s", str(path)]

    def one(url: str) -> float:
        return rate(_run(["wrk", *share, url]).stderr)

    with ThreadPoolExecutor() as pool:
        return sum(pool.map(one, urls))


def script(key: str) -> str:
    """What wrk sends, and how it says what came of it."""
    return _LUA % (PATH, BODY, key)


def rate(said: str) -> float:
    """Requests a second of what the script had wrk say. Raises RuntimeError if any failed."""
    found = json.loads(said.strip().splitlines()[-1])
    if found["failed"] or not found["requests"]:
        raise RuntimeError(f"{found['failed']} of {found['requests']} requests were not answered as they should be")
    return float(found["requests"] / found["microseconds"] * 1e6)


def paced(urls: Sequence[str], key: str, directory: Path, per_second: float, workers: int, seconds: int) -> Latency:
    """Latency at a steady rate over all URLs together. Raises RuntimeError if any request failed."""
    body = directory / "body.json"
    body.write_text(BODY)
    each = workers // len(urls)
    share = ["-c", str(each), "-q", f"{per_second / workers:.3f}", "-z", f"{seconds}s", "-o", "csv", "-t", "10"]
    share += ["-m", "POST", "-T", "application/json", "-H", f"Authorization: Bearer {key}", "-D", str(body)]
    with ThreadPoolExecutor() as pool:
        outputs = list(pool.map(lambda url: _run(["hey", *share, url + PATH]).stdout, urls))
    return latency(outputs, seconds)


def latency(outputs: Sequence[str], seconds: int) -> Latency:
    """Percentiles over hey's tables, one a URL. Raises RuntimeError for an answer that is not 200."""
    rows = [row for output in outputs for row in csv.DictReader(output.splitlines())]
    wrong = [row["status-code"] for row in rows if row["status-code"] != "200"]
    if wrong or not rows:
        raise RuntimeError(f"{len(wrong)} of {len(rows)} requests were answered with {sorted(set(wrong))}")
    times = sorted(1000 * float(row["response-time"]) for row in rows)
    return Latency(len(rows) / seconds, *(times[int(share * (len(times) - 1))] for share in (0.5, 0.95, 0.99)))


def _run(argv: Sequence[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]} ended with {done.returncode}: {(done.stdout + done.stderr)[-1000:]}")
    return done

"""Asks a release that listens on a unix socket: is it ready, does it answer right, and fast enough?"""

from __future__ import annotations

import http.client
import json
import math
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATH = "/v1/predictions"
WARM_UP = 3  # requests before the clock counts: first calls pay for lazy imports and allocators
SAMPLES = 20  # at least so many timed plays; with fewer, the 95th percentile is the one slowest
_PAUSE = 0.1  # seconds between two questions for readiness


class CanaryError(Exception):
    """Why the release may not take traffic, in words for the deployer."""


@dataclass(frozen=True)
class Case:
    """One request, the part of the answer that is checked, and how far its numbers may be off."""

    label: str
    request: Any
    expected: Any
    tolerance: float


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True)
class Canary:
    """A canary set; `path` is where its requests are posted."""

    path: str
    cases: list[Case]


def load(file: Path) -> Canary:
    """The canary set of `file`: {cases, path?, tolerance_minutes? or tolerance?, name? and version?}.

    A case is {request, why?} and either `expected`, any JSON (of objects only the keys that it names are
    compared), or fields with a list each: one value for every item of the answer's `predictions`.
    Raises CanaryError.
    """
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise CanaryError(f"{file} cannot be read: {error}") from None
    common: dict[str, Any] = content if isinstance(content, dict) else {"cases": content}
    items = common.get("cases")
    if not isinstance(items, list) or not items:
        raise CanaryError(f"{file} holds no cases, so nothing would be checked: train the model again")
    tolerance = common.get("tolerance_minutes", common.get("tolerance", 0.0))
    model: dict[str, Any] = {key: common[key] for key in ("name", "version") if key in common}
    try:
        cases = [_case(number, item, float(tolerance), model) for number, item in enumerate(items, 1)]
    except (KeyError, TypeError, ValueError) as error:
        raise CanaryError(f"{file} is not a canary set ({error}): train the model again") from None
    return Canary(common.get("path", PATH), cases)


def _case(number: int, item: dict[str, Any], tolerance: float, model: dict[str, Any]) -> Case:
    if not isinstance(item, dict):
        raise TypeError(f"case {number} is no object")
    label = f"case {number} ({item.get('why', 'no reason given')})"
    fields = sorted(set(item) - {"why", "request", "expected", "tolerance"})
    if "expected" in item:
        expected = item["expected"]
    elif fields:
        columns = zip(*(item[field] for field in fields), strict=True)
        expected = {"predictions": [dict(zip(fields, values, strict=True)) for values in columns]}
        expected |= {"model": model} if model else {}
    else:
        raise ValueError(f"{label} expects nothing")
    return Case(label, item["request"], expected, float(item.get("tolerance", tolerance)))


def ask(listener: str, method: str, path: str, body: Any, seconds: float) -> tuple[int, bytes]:
    """(status, body) of one request; `seconds` bounds each wait. Raises OSError and HTTPException."""
    connection = _Connection(listener, seconds)
    try:
        content = None if body is None else json.dumps(body).encode()
        connection.request(method, path, content, {"Content-Type": "application/json"} if content else {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_ready(listener: str, path: str, seconds: float, dead: Callable[[], str]) -> float:
    """Seconds until GET `path` gave 200. Raises CanaryError when time is up or `dead` says why."""
    start = time.monotonic()
    while True:
        try:
            status, content = ask(listener, "GET", path, None, min(seconds, 5.0))
            if status == http.client.OK:
                return time.monotonic() - start
            last = f"status {status}: {_short(content)}"
        except (OSError, http.client.HTTPException) as error:
            last = f"{type(error).__name__}: {error}"
        if cause := dead():
            raise CanaryError(cause)
        if time.monotonic() - start > seconds:
            raise CanaryError(f"not ready within {seconds:g} s; the last answer of {path} was {last}")
        time.sleep(_PAUSE)


def play(listener: str, path: str, cases: list[Case], seconds: float) -> list[float]:
    """Milliseconds of each timed play, all cases in turn. Raises CanaryError at the first wrong answer."""
    for _ in range(WARM_UP):
        _play(listener, path, cases[0], seconds)
    turns = math.ceil(SAMPLES / len(cases))
    return [_play(listener, path, case, seconds) for _ in range(turns) for case in cases]


def _play(listener: str, path: str, case: Case, seconds: float) -> float:
    start = time.perf_counter()
    try:
        status, content = ask(listener, "POST", path, case.request, seconds)
    except (OSError, http.client.HTTPException) as error:
        cause = f"{type(error).__name__}: {error}"
        raise CanaryError(f"{case.label}: no answer from {path}: {cause}") from None
    milliseconds = (time.perf_counter() - start) * 1000
    if status != http.client.OK:
        raise CanaryError(f"{case.label}: expected status 200, got {status}: {_short(content)}")
    try:
        got = json.loads(content)
    except ValueError:
        raise CanaryError(f"{case.label}: expected JSON, got {_short(content)}") from None
    if told := differences(case.expected, got, case.tolerance):
        raise CanaryError(f"{case.label}: {'; '.join(told[:5])} (request {_short(case.request)})")
    return milliseconds


def differences(expected: Any, got: Any, tolerance: float, where: str = "answer") -> list[str]:
    """What is wrong with `got`: numbers within `tolerance`, all else equal, keys not expected ignored."""
    if isinstance(expected, dict) and isinstance(got, dict):
        told = [f"{where}.{key} is missing" for key in expected if key not in got]
        for key in [key for key in expected if key in got]:
            told += differences(expected[key], got[key], tolerance, f"{where}.{key}")
        return told
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        told = []
        for at, (one, two) in enumerate(zip(expected, got, strict=True)):
            told += differences(one, two, tolerance, f"{where}[{at}]")
        return told
    if _number(expected) and _number(got):
        same = abs(expected - got) <= tolerance  # false for NaN
        suffix = f" within {tolerance:g}"
    else:
        same = type(expected) is type(got) and expected == got
        suffix = ""
    return [] if same else [f"{where}: expected {_short(expected)}{suffix}, got {_short(got)}"]


def percentile95(milliseconds: list[float]) -> float:
    """The 95th percentile by nearest rank."""
    return sorted(milliseconds)[math.ceil(0.95 * len(milliseconds)) - 1]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(value: Any) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else json.dumps(value)
    return text if len(text) <= 300 else f"{text[:300]}..."

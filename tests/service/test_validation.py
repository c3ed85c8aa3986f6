"""Nothing that a client sends may end in a 5xx, and what is wrong is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from predictor.settings import MAX_BODY_BYTES
from tests.service.server import FLIGHT

JSON = {"content-type": "application/json"}


def _with(**changes: Any) -> bytes:
    return json.dumps({"instances": [{**FLIGHT, **changes}]}).encode()


def _without(name: str) -> bytes:
    return json.dumps({"instances": [{k: v for k, v in FLIGHT.items() if k != name}]}).encode()


def _raw(name: str, value: str) -> bytes:
    """A value that json.dumps would not write."""
    return _with(**{name: "@"}).replace(b'"@"', value.encode("utf-8", "surrogatepass"))


MALFORMED = {
    "empty": b"",
    "not json": b"{'instances': []}",
    "cut off": _with()[:-5],
    "NaN": _raw("wind_speed_mph", "NaN"),
    "Infinity": _raw("wind_speed_mph", "-Infinity"),
    "not utf-8": b'{"instances": "\xff\xfe"}',
    "utf-16": _with().decode().encode("utf-16"),
    "a lone surrogate": _raw("carrier", '"\\ud800"'),
    "a raw surrogate": _raw("carrier", '"\ud800"'),
    "nested 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "objects 50,000 deep": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "two documents": _with() + _with(),
    "a NUL": _with() + b"\0",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_json_is_a_400(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/predictions", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_json")


ONE = "instances[0]"
INVALID: dict[str, tuple[bytes, str]] = {
    "null": (b"null", "body"),
    "a string": (b'"instances"', "body"),
    "a bare list": (b"[]", "body"),
    "a bare flight": (json.dumps(FLIGHT).encode(), "instances"),
    "no instances": (b"{}", "instances"),
    "instances null": (b'{"instances": null}', "instances"),
    "instances an object": (b'{"instances": {}}', "instances"),
    "no flight": (b'{"instances": []}', "instances"),
    "1,001 flights": (json.dumps({"instances": [FLIGHT] * 1001}).encode(), "instances"),
    "100,000 items": (b'{"instances": [' + b"{}," * 99_999 + b"{}]}", "instances"),
    "something beside instances": (json.dumps({"instances": [FLIGHT], "debug": True}).encode(), "debug"),
    "an empty name beside instances": (json.dumps({"instances": [FLIGHT], "": 1}).encode(), '""'),
    "a flight that is null": (b'{"instances": [null]}', ONE),
    "a flight that is a list": (b'{"instances": [[]]}', ONE),
    "the second flight": (json.dumps({"instances": [FLIGHT, {}]}).encode(), "instances[1].carrier"),
    "an unknown field": (_with(tailnum="N14228"), f"{ONE}.tailnum"),
    "a leaking field": (_with(dep_delay=3), f"{ONE}.dep_delay"),
    "no carrier": (_without("carrier"), f"{ONE}.carrier"),
    "no origin": (_without("origin"), f"{ONE}.origin"),
    "no destination": (_without("destination"), f"{ONE}.destination"),
    "no departure": (_without("scheduled_departure"), f"{ONE}.scheduled_departure"),
    "carrier null": (_with(carrier=None), f"{ONE}.carrier"),
    "carrier a number": (_with(carrier=12), f"{ONE}.carrier"),
    "carrier a list": (_with(carrier=["UA"]), f"{ONE}.carrier"),
    "unknown carrier": (_with(carrier="ZZ"), f"{ONE}.carrier"),
    "carrier in small letters": (_with(carrier="ua"), f"{ONE}.carrier"),
    "carrier with a newline": (_with(carrier="UA\n"), f"{ONE}.carrier"),
    "carrier with a NUL": (_with(carrier="U\0"), f"{ONE}.carrier"),
    "carrier of 100,000 letters": (_with(carrier="U" * 100_000), f"{ONE}.carrier"),
    "unknown origin": (_with(origin="LAX"), f"{ONE}.origin"),
    "unknown destination": (_with(destination="XXX"), f"{ONE}.destination"),
    "destination empty": (_with(destination=""), f"{ONE}.destination"),
    "destination in another script": (_with(destination="\uff29\uff21\uff28"), f"{ONE}.destination"),
    "departure a number": (_with(scheduled_departure=1387906500), f"{ONE}.scheduled_departure"),
    "departure a date": (_with(scheduled_departure="2013-12-24"), f"{ONE}.scheduled_departure"),
    "departure with an offset": (
        _with(scheduled_departure="2013-12-24T17:35Z"),
        f"{ONE}.scheduled_departure",
    ),
    "departure on 30 February": (_with(scheduled_departure="2013-02-30T10:00"), f"{ONE}.scheduled_departure"),
    "departure at 24:00": (_with(scheduled_departure="2013-12-24T24:00"), f"{ONE}.scheduled_departure"),
    "departure in 1999": (_with(scheduled_departure="1999-12-24T17:35"), f"{ONE}.scheduled_departure"),
    "departure in Arabic digits": (
        _with(scheduled_departure="٢٠١٣-12-24T17:35"),
        f"{ONE}.scheduled_departure",
    ),
    "wind a string": (_with(wind_speed_mph="12"), f"{ONE}.wind_speed_mph"),
    "wind true": (_with(wind_speed_mph=True), f"{ONE}.wind_speed_mph"),
    "wind an object": (_with(wind_speed_mph={}), f"{ONE}.wind_speed_mph"),
    "wind below zero": (_with(wind_speed_mph=-0.1), f"{ONE}.wind_speed_mph"),
    "wind of the recorded 1,048": (_with(wind_speed_mph=1048.36), f"{ONE}.wind_speed_mph"),
    "wind of 400 digits": (_raw("wind_speed_mph", "9" * 400), f"{ONE}.wind_speed_mph"),
    "wind over 64 bits": (_with(wind_speed_mph=2**70), f"{ONE}.wind_speed_mph"),
    "wind 1e400": (_raw("wind_speed_mph", "1e400"), f"{ONE}.wind_speed_mph"),
    "too short": (_with(scheduled_duration_minutes=9), f"{ONE}.scheduled_duration_minutes"),
    "too long": (_with(scheduled_duration_minutes=1441), f"{ONE}.scheduled_duration_minutes"),
    "too cold": (_with(temperature_f=-81), f"{ONE}.temperature_f"),
    "dew point": (_with(dew_point_f=101), f"{ONE}.dew_point_f"),
    "humidity": (_with(humidity_percent=100.5), f"{ONE}.humidity_percent"),
    "gusts": (_with(wind_gust_mph=-1), f"{ONE}.wind_gust_mph"),
    "rain": (_with(precipitation_inches=21), f"{ONE}.precipitation_inches"),
    "pressure in inches": (_with(pressure_hpa=29.9), f"{ONE}.pressure_hpa"),
    "visibility": (_with(visibility_miles=11), f"{ONE}.visibility_miles"),
}


@pytest.mark.parametrize(("body", "path"), INVALID.values(), ids=INVALID)
def test_what_is_not_valid_is_a_422_that_names_the_field(client: TestClient, body: bytes, path: str) -> None:
    answer = client.post("/v1/predictions", content=body, headers=JSON)
    if b"9" * 400 in body or b"1e400" in body:
        assert answer.status_code in (400, 422), "whether such a number is JSON is the parser's to say"
        return
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "invalid_request")
    assert path in [field["path"] for field in error["fields"]]
    assert path in error["message"], "a reader of the message alone knows where to look"


def test_an_error_stays_small_whatever_was_sent(client: TestClient) -> None:
    long = {"x" * 300_000: 1, "y": "z" * 300_000}
    documents: list[dict[str, Any]] = [{"instances": [{**FLIGHT, **long}]}, long, {"instances": [{}] * 1000}]
    for document in documents:
        answer = client.post("/v1/predictions", json=document)
        assert answer.status_code == 422
        assert len(answer.content) < 8000, "an error must not echo what was sent"


def test_bad_input_is_not_repeated(client: TestClient) -> None:
    answer = client.post("/v1/predictions", content=_with(carrier="<script>"), headers=JSON)
    assert "script" not in answer.text


@pytest.mark.parametrize("declared", [True, False], ids=["content-length", "chunked"])
def test_a_body_over_the_limit_is_a_413_without_the_proxy(client: TestClient, declared: bool) -> None:
    body = b" " * (MAX_BODY_BYTES + 1)
    answer = client.post("/v1/predictions", content=body if declared else iter([body[:9], body[9:]]), headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {**JSON, "content-encoding": "gzip"},
    ],
    ids=str,
)
def test_only_plain_json_is_read(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/v1/predictions", content=_with(), headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")


def test_a_duplicate_key_counts_once_the_last(client: TestClient) -> None:
    body = _with().replace(b'"carrier": "UA"', b'"carrier": "ZZ", "carrier": "UA"')
    assert client.post("/v1/predictions", content=body, headers=JSON).status_code == 200


def test_null_and_left_out_mean_the_same(client: TestClient) -> None:
    flights = [FLIGHT, {**FLIGHT, "wind_speed_mph": None, "pressure_hpa": None}]
    left_out, null = client.post("/v1/predictions", json={"instances": flights}).json()["predictions"]
    assert left_out["arrival_delay_minutes"] == null["arrival_delay_minutes"]


def test_the_limits_themselves_are_valid(client: TestClient) -> None:
    for at in ("2000-01-01T00:00", "2099-12-31T23:59", "2024-02-29T12:00"):
        body = _with(scheduled_departure=at, wind_speed_mph=0, visibility_miles=10, scheduled_duration_minutes=1440)
        assert client.post("/v1/predictions", content=body, headers=JSON).status_code == 200
    answer = client.post("/v1/predictions", json={"instances": [FLIGHT] * 1000})
    assert len(answer.json()["predictions"]) == 1000

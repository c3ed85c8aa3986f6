"""Bad requests at the public door: always a 4xx that says why in JSON, never a 5xx, and the service goes on."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import socket
import ssl
from typing import Any

import pytest

from tests.hosts.site import Site

PREDICTIONS = "/v1/predictions"
FLIGHT: dict[str, Any] = {
    "carrier": "UA",
    "origin": "EWR",
    "destination": "SFO",
    "scheduled_departure": "2013-12-24T17:35",
}


def _body(**changed: Any) -> bytes:
    return json.dumps({"instances": [{**FLIGHT, **changed}]}).encode()


BAD: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", 400),
    "malformed JSON": (b'{"instances": [', 400),
    "not JSON": (b"carrier=UA", 400),
    "invalid UTF-8": (b'{"instances": [{"carrier": "\xff\xfe"}]}', 400),
    "NaN": (_body(temperature_f=float("nan")), 400),
    "infinity": (_body(temperature_f=float("inf")), 400),
    "a list": (b"[]", 422),
    "a number": (b"7", 422),
    "null": (b"null", 422),
    "no instances": (b"{}", 422),
    "empty batch": (b'{"instances": []}', 422),
    "an instance that is a string": (b'{"instances": ["UA"]}', 422),
    "missing field": (json.dumps({"instances": [{"carrier": "UA"}]}).encode(), 422),
    "unknown field": (_body(airline="UA"), 422),
    "wrong type": (_body(temperature_f="warm"), 422),
    "a boolean for a number": (_body(temperature_f=True), 422),
    "out of range": (_body(humidity_percent=101), 422),
    "a number beyond floats": (b'{"instances": [{"temperature_f": 1e999}]}', 400),
    "an integer beyond 64 bits": (_body(temperature_f=10**40), 422),
    "unknown carrier": (_body(carrier="ZZ"), 422),
    "unknown airport": (_body(destination="XXX"), 422),
    "no such day": (_body(scheduled_departure="2013-02-30T10:00"), 422),
    "deeply nested": (b"[" * 100_000, 400),
    "1,001 items": (json.dumps({"instances": [FLIGHT] * 1001}).encode(), 422),
    "100,000 items": (json.dumps({"instances": [FLIGHT] * 100_000}).encode(), 413),
    "10 MB": (b'{"instances": "' + b"x" * 10_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_body_gets_a_4xx_that_says_why(site: Site, case: str) -> None:
    body, wanted = BAD[case]
    status, _, answer = site.ask(PREDICTIONS, body, Content_Type="application/json")
    error = json.loads(answer)["error"]
    assert (status, bool(error["code"]), bool(error["message"])) == (wanted, True, True), answer[:500]
    assert len(answer) < 20_000, "the answer gives a huge request back"


@pytest.mark.parametrize(
    ("case", "field"),
    {
        "unknown carrier": "carrier",
        "unknown airport": "destination",
        "out of range": "humidity_percent",
    }.items(),
)
def test_the_answer_names_the_field(site: Site, case: str, field: str) -> None:
    _, _, answer = site.ask(PREDICTIONS, BAD[case][0], Content_Type="application/json")
    assert [one["path"].rpartition(".")[2] for one in json.loads(answer)["error"]["fields"]] == [field]


@pytest.mark.parametrize("key", ["", "admin", "x" * 43])
@pytest.mark.parametrize("path", [PREDICTIONS, "/readyz", "/openapi.json", "/nothing", "/"])
def test_without_a_valid_key_every_path_is_shut(site: Site, path: str, key: str) -> None:
    status, headers, answer = site.ask(path, key=key)
    assert status == 401
    assert headers["WWW-Authenticate"] == "Bearer"
    assert json.loads(answer)["error"]["code"] == "unauthorized"


def test_a_key_in_other_letters_is_another_key(site: Site) -> None:
    """nginx compares plain strings in a map without regard to case."""
    key = (site.environment.state / "api-key").read_text().strip()
    assert site.ask("/readyz", key=key.swapcase())[0] == 401
    assert site.ask("/readyz", key=key)[0] == 200


def test_metrics_are_not_for_the_outside(site: Site) -> None:
    assert site.ask("/metrics")[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "headers", "body"),
    [
        ("DELETE", PREDICTIONS, {}, b""),
        ("GET", PREDICTIONS, {}, b""),
        ("POST", PREDICTIONS, {"Content-Type": "text/plain"}, _body()),
        (
            "POST",
            PREDICTIONS,
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
            gzip.compress(b"0" * 10**7),
        ),
        ("POST", PREDICTIONS, {"Content-Type": "application/json", "X-Big": "x" * 40_000}, _body()),
        ("POST", "/../../etc/passwd", {}, _body()),
        ("POST", "/" + "a" * 20_000, {}, _body()),
        ("BREW", "/healthz", {}, b""),
    ],
    # Two workers must collect the same names: a compressed body has the time in it.
    ids=["delete", "get", "text", "gzip bomb", "long header", "path upwards", "long path", "unknown method"],
)
def test_odd_requests_get_a_4xx_in_json(
    site: Site, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    key = (site.environment.state / "api-key").read_text().strip()
    context = ssl.create_default_context(cafile=str(site.environment.state / "ca.pem"))
    connection = http.client.HTTPSConnection(site.footprint()["public"]["names"][0], context=context, timeout=20)
    # What is too long is answered, and the connection closed, before all of it is sent.
    with contextlib.suppress(OSError):
        connection.request(method, path, body, {"Authorization": f"Bearer {key}", **headers})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert 400 <= answer.status < 500, content[:300]
    assert json.loads(content)["error"]["code"], content[:300]


def test_tls_is_1_2_or_later_and_nothing_is_served_in_clear(site: Site) -> None:
    address = site.footprint()["public"]["names"][0]
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # the question is the version alone
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        with socket.create_connection((address, 443), timeout=10) as plain, pytest.raises(OSError):  # noqa: PT011
            context.wrap_socket(plain)
    connection = http.client.HTTPConnection(address, 443, timeout=10)
    connection.request("GET", "/healthz")
    assert connection.getresponse().status == 400


def test_the_door_sends_hsts_and_says_nothing_of_its_version(site: Site) -> None:
    _, headers, _ = site.ask("/healthz")
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert headers["Server"] == "nginx"


def test_a_service_host_answers_the_proxy_alone(site: Site) -> None:
    """Round the proxy there is no way in: not without a leaf of ours, and not with another host's."""
    url = f"https://{site.hosts()['app2']}:8443/healthz"
    ask = f"curl --silent --output /dev/null --write-out %{{http_code}} --cacert /etc/shoestring/tls/ca.pem {url}"
    own = "--cert /etc/shoestring/tls/host.pem --key /etc/shoestring/tls/host.key"
    assert site.ssh("app1", ask).stdout == "400", "no certificate was asked"
    assert site.ssh("app1", f"{ask} {own}").stdout == "200", "the proxy itself is refused"
    assert site.ssh("app2", f"{ask} {own}").stdout == "403", "a leaf that is not the proxy's gets in"


def test_good_requests_still_work(site: Site) -> None:
    status, answer = site.predict([FLIGHT] * 1000)
    assert (status, len(answer["predictions"])) == (200, 1000)

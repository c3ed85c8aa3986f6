"""A host gets a URL for one object, for an hour. A real gateway judges what can be done with it, and what can't."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.parse
import urllib.request
import warnings
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

from tests.ansible.conftest import KEY, Bucket

pytestmark = pytest.mark.usefixtures("nobody")
PATH = "models/arrival-delay/1"
CALL = "{{ lookup('artifact', 'model.onnx', bucket=bucket, path='" + PATH + "', key=key).urls['model.onnx'] }}"


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    """Ansible's loader may be set up once a process. It finds our look-up by ansible.cfg, as a play does."""
    with warnings.catch_warnings(action="ignore"):  # somebody else may have
        init_plugin_loader()


@pytest.fixture
def stored(bucket: Bucket) -> Bucket:
    """The bucket with two objects below PATH, and one beside it."""
    (bucket.directory / PATH).mkdir(parents=True)
    for name in (f"{PATH}/model.onnx", f"{PATH}/canary.json", "backup"):
        (bucket.directory / name).write_text(f"this is {name}")
    return bucket


def url(bucket: dict[str, Any], key: object = None) -> str:
    """What a template gets for model.onnx."""
    templar = Templar(loader=DataLoader(), variables={"bucket": bucket, "key": key})
    return str(templar.template(trust_as_template(CALL)))


def fetched(bucket: Bucket, where: str, method: str = "GET") -> tuple[int, str]:
    """(status, body) of what somebody gets who has the URL and nothing else; the gateway's certificate is verified."""
    context = ssl.create_default_context(cafile=str(bucket.authority))
    try:
        request = urllib.request.Request(where, method=method)  # noqa: S310 - our own, on loopback
        with urllib.request.urlopen(request, context=context) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, ""


def test_who_has_the_url_fetches_the_object_and_needs_no_key(stored: Bucket) -> None:
    found = url(stored.said, KEY)
    assert fetched(stored, found) == (200, f"this is {PATH}/model.onnx")
    assert fetched(stored, found.partition("?")[0])[0] == 403, "the gateway lets nobody in without a signature"
    assert KEY["secret"] not in urllib.parse.unquote(found)


@pytest.mark.parametrize(
    ("old", "new", "method"),
    [
        ("model.onnx", "canary.json", "GET"),
        (f"{PATH}/model.onnx", "backup", "GET"),
        ("X-Amz-Expires=3600", "X-Amz-Expires=604800", "GET"),
        ("", "", "PUT"),
        ("", "", "DELETE"),
    ],
    ids=["another file", "another path", "for a week", "written", "deleted"],
)
def test_it_is_good_for_nothing_else(stored: Bucket, old: str, new: str, method: str) -> None:
    """Whoever reads it on one host gets what that host got, and for an hour."""
    found = url(stored.said, KEY)
    assert old in found
    assert fetched(stored, found.replace(old, new), method)[0] == 403
    assert (stored.directory / PATH / "model.onnx").read_text() == f"this is {PATH}/model.onnx"


def test_the_buckets_prefix_comes_before_the_path(stored: Bucket) -> None:
    (stored.directory / f"ml/{PATH}").mkdir(parents=True)
    (stored.directory / f"ml/{PATH}/model.onnx").write_text("another environment's")
    assert fetched(stored, url({**stored.said, "prefix": "ml"}, KEY)) == (200, "another environment's")


def test_nobody_is_asked_for_it(bucket: Bucket) -> None:
    """Each host and file takes one: a store that is slow, or away, would hold up the whole play."""
    assert url({**bucket.said, "endpoint": "https://127.0.0.1:9"}, KEY).startswith("https://127.0.0.1:9/acme-")


def test_amazons_own_goes_to_the_buckets_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """The network's own way to S3 leads to its region's address only. And a login that ends signs for as long as it
    lasts: its token goes along."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    amazons = {"kind": "s3", "name": "acme-artifacts", "region": "eu-central-1", "credentials": "instance"}
    found = urllib.parse.urlsplit(url(amazons))
    assert (found.scheme, found.netloc) == ("https", "acme-artifacts.s3.eu-central-1.amazonaws.com")
    query = urllib.parse.parse_qs(found.query)
    assert "/eu-central-1/s3/" in query["X-Amz-Credential"][0]
    assert query["X-Amz-SignedHeaders"] == ["host"], "curl sends no other"
    assert query["X-Amz-Security-Token"] == ["testing"]


def failure(bucket: dict[str, Any], key: object = None) -> str:
    with pytest.raises(AnsibleError) as caught:
        url(bucket, key)
    return str(caught.value)


def test_without_credentials_the_way_to_some_is_told(bucket: Bucket) -> None:
    said = failure(bucket.said)
    assert f"s3://{bucket.said['name']}/{PATH}/model.onnx" in said
    assert "Unable to locate credentials" in said
    assert "aws sso login" in said


def test_a_profile_that_is_not_there_is_named(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-somebody")
    said = failure(bucket.said)
    assert "of-somebody" in said
    assert "aws sso login" in said


@pytest.mark.parametrize(
    "key", [KEY["secret"], {"secret": KEY["secret"]}, {"access": 1, **{"secret": KEY["secret"]}}], ids=type
)
def test_a_key_in_another_form_is_refused_and_not_shown(bucket: Bucket, key: object) -> None:
    said = failure(bucket.said, key)
    assert "{access, secret}" in said
    assert KEY["secret"] not in said

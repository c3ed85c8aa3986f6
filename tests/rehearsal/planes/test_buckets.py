"""Real buckets by the real gateway: who gets in to which, and what stays in them."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import ssl
from collections.abc import Iterator

import pytest

from ops.errors import OperationError
from rehearsal.planes.authority import Authority
from rehearsal.planes.buckets import Gateway
from rehearsal.planes.wanted import Bucket, Grant, Key
from tests.rehearsal.planes.s3_kit import (
    ARTIFACTS,
    BACKUPS,
    BUCKETS,
    DATABASE,
    KEYS,
    READER,
    REGION,
    answer,
    fetched,
    free_port,
    pid,
    root,
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.of(tmp_path_factory.mktemp("authority"), "test")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    made = Gateway(tmp_path_factory.mktemp("gw") / "s3", "127.0.0.1", free_port(), REGION)
    yield made
    made.stop()


@pytest.fixture
def gateway(running: Gateway, authority: Authority) -> Gateway:
    """With the buckets and keys above, whatever the test before left."""
    running.ensure(BUCKETS, KEYS, authority)
    return running


def test_a_key_can_do_what_it_is_granted_and_nothing_beside(gateway: Gateway) -> None:
    old = {
        name: root(gateway).put_object(Bucket=name, Key="x", Body=b"1") for name in ("artifacts", "backups", "plain")
    }
    may = {
        (READER.access, "artifacts"): {"list", "get"},
        (DATABASE.access, "backups"): {"list", "list versions", "get", "get version", "put", "delete"},
    }
    for key in KEYS:
        client = gateway.client(key)
        for bucket in ("artifacts", "backups", "plain"):
            one = {"Bucket": bucket, "Key": "x"}
            version = {**one, "VersionId": old[bucket].get("VersionId", "null")}
            said = {
                "list": answer(client.list_objects_v2, Bucket=bucket),
                "list versions": answer(client.list_object_versions, Bucket=bucket),
                "get": answer(client.get_object, **one),
                "get version": answer(client.get_object, **version),
                "put": answer(client.put_object, **one, Body=b"2"),
                "delete": answer(client.delete_object, **one),
                "delete version": answer(client.delete_object, **version, BypassGovernanceRetention=True),
                "unlock": answer(client.put_object_retention, **version, Retention={}, BypassGovernanceRetention=True),
                "read policy": answer(client.get_bucket_policy, Bucket=bucket),
                "write policy": answer(client.put_bucket_policy, Bucket=bucket, Policy="{}"),
                "suspend": answer(
                    client.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
                ),
                "remove": answer(client.delete_bucket, Bucket=bucket),
            }
            granted = may.get((key.access, bucket), set())
            assert {name for name, word in said.items() if word == "ok"} == granted, f"{key.access} on {bucket}"
            others = {word for name, word in said.items() if name not in granted}
            assert others <= {"AccessDenied"}, "another error would hide what the key may do"
        assert answer(client.create_bucket, Bucket="own") == "AccessDenied", "buckets are the account's to make"


def test_nobody_gets_in_without_a_key(gateway: Gateway) -> None:
    root(gateway).put_object(Bucket="artifacts", Key="x", Body=b"1")
    trust = ssl.create_default_context(cadata=(gateway.directory / "ca.pem").read_text())
    for path in ("/artifacts/x", "/artifacts", "/plain", "/"):
        connection = http.client.HTTPSConnection(gateway.address, gateway.port, context=trust, timeout=10)
        connection.request("GET", path)
        assert connection.getresponse().status == 403, path
        connection.close()


def test_root_still_reads_what_a_policy_gives_to_another(gateway: Gateway) -> None:
    gateway.client(DATABASE).put_object(Bucket="backups", Key="full/1", Body=b"backup")
    assert "full/1" in gateway.objects("backups")
    assert gateway.digest("backups", "full/1") == hashlib.sha256(b"backup").hexdigest()


def test_an_old_key_ends_with_the_run_that_does_not_name_it(gateway: Gateway, authority: Authority) -> None:
    root(gateway).put_object(Bucket="artifacts", Key="x", Body=b"1")
    before, get = pid(gateway), {"Bucket": "artifacts", "Key": "x"}
    assert answer(gateway.client(READER).get_object, **get) == "ok"
    signed = gateway.client(READER).generate_presigned_url("get_object", Params=get)
    assert fetched(gateway, signed) == (200, b"1")
    new = Key("reader-2b", "another")
    bucket = Bucket("artifacts", versioned=True, grants=(Grant(new.access, ("s3:GetObject",), (f"{ARTIFACTS}/*",)),))
    gateway.ensure([bucket, *BUCKETS[1:]], [new, DATABASE], authority)
    assert answer(gateway.client(READER).get_object, **get) == "InvalidAccessKeyId"
    assert fetched(gateway, signed)[0] == 403, "what it signed ends with it"
    assert answer(gateway.client(new).get_object, **get) == "ok"
    assert pid(gateway) == before, "a new key is no reason to break off what hosts are doing"


def test_a_changed_secret_takes_the_old_one_s_place_at_once(gateway: Gateway, authority: Authority) -> None:
    assert answer(gateway.client(DATABASE).list_objects_v2, Bucket="backups") == "ok"
    gateway.ensure(BUCKETS, [READER, Key(DATABASE.access, "changed")], authority)
    assert answer(gateway.client(DATABASE).list_objects_v2, Bucket="backups") == "SignatureDoesNotMatch"


def test_a_bucket_that_is_no_longer_wanted_keeps_its_data_and_is_closed(gateway: Gateway, authority: Authority) -> None:
    root(gateway).put_object(Bucket="artifacts", Key="kept", Body=b"1")
    gateway.ensure(BUCKETS[1:], KEYS, authority)
    assert answer(gateway.client(READER).get_object, Bucket="artifacts", Key="kept") == "AccessDenied"
    assert "kept" in gateway.objects("artifacts")
    gateway.ensure([Bucket("artifacts", versioned=True), *BUCKETS[1:]], KEYS, authority)
    assert answer(gateway.client(READER).get_object, Bucket="artifacts", Key="kept") == "AccessDenied", "no grants"


def test_a_locked_version_can_not_be_destroyed(gateway: Gateway, authority: Authority) -> None:
    key = Key("breaker", "secret")
    everything = Grant(key.access, ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"), (f"{BACKUPS}/*",))
    gateway.ensure([Bucket("backups", True, 3, (everything,))], [key], authority)
    client = gateway.client(key)
    version = {
        "Bucket": "backups",
        "Key": "w",
        "VersionId": client.put_object(Bucket="backups", Key="w", Body=b"w")["VersionId"],
    }
    assert answer(client.delete_object, **version) == "AccessDenied"
    assert answer(client.delete_object, **version, BypassGovernanceRetention=True) == "AccessDenied"
    assert answer(root(gateway).delete_object, **version) == "AccessDenied", "root must say that it means it"
    configuration = root(gateway).get_object_lock_configuration(Bucket="backups")["ObjectLockConfiguration"]
    assert configuration["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 3}, "as infra/aws locks them"
    gateway.ensure([Bucket("backups", True, 0, (everything,))], [key], authority)
    later = client.put_object(Bucket="backups", Key="w", Body=b"w")["VersionId"]
    assert answer(client.delete_object, Bucket="backups", Key="w", VersionId=later) == "ok", "the lock was lifted"


def test_each_run_locks_anew(gateway: Gateway, authority: Authority) -> None:
    def told() -> int:
        return (gateway.directory / "access.log").read_text().count("s3_PutObjectLockConfiguration")

    before = told()
    gateway.ensure(BUCKETS, KEYS, authority)
    assert told() == before + 1, "the gateway's lock ends so many days after it was told to lock, whatever came since"


def test_versions_are_kept_where_they_are_wanted_only(gateway: Gateway, authority: Authority) -> None:
    def count(bucket: str) -> int:
        for body in (b"1", b"2"):
            root(gateway).put_object(Bucket=bucket, Key="twice", Body=body)
        listed = root(gateway).list_object_versions(Bucket=bucket, Prefix="twice")
        return len(listed["Versions"])

    assert (count("artifacts"), count("plain")) == (2, 1)
    gateway.ensure([Bucket("artifacts", versioned=False), *BUCKETS[1:]], KEYS, authority)
    assert root(gateway).get_bucket_versioning(Bucket="artifacts")["Status"] == "Suspended"


def test_a_digest_is_the_stored_one_or_made_from_the_content(gateway: Gateway) -> None:
    client = root(gateway)
    client.put_object(Bucket="plain", Key="with", Body=b"a", ChecksumAlgorithm="SHA256")
    client.put_object(Bucket="plain", Key="without", Body=b"b")
    upload = {"Bucket": "plain", "Key": "parts"}
    upload["UploadId"] = client.create_multipart_upload(**upload, ChecksumAlgorithm="SHA256")["UploadId"]
    part = client.upload_part(**upload, PartNumber=1, Body=b"c", ChecksumAlgorithm="SHA256")
    parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]
    client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    for key, body in (("with", b"a"), ("without", b"b"), ("parts", b"c")):
        assert gateway.digest("plain", key) == hashlib.sha256(body).hexdigest(), key
    assert gateway.digest("plain", "none") is None
    (gateway.directory / "data/plain/with").write_bytes(b"!")
    assert gateway.digest("plain", "with") == hashlib.sha256(b"a").hexdigest(), "it was to be the stored one"
    with pytest.raises(OperationError, match="bucket nowhere"):
        gateway.digest("nowhere", "x")
    with pytest.raises(OperationError, match="bucket nowhere"):
        gateway.objects("nowhere")


@pytest.mark.parametrize(
    ("grant", "named"),
    [
        (Grant(READER.access, ("s3:GetObject", "s3:GetObjectTorrent"), (f"{ARTIFACTS}/*",)), "s3:GetObjectTorrent"),
        (Grant(READER.access, ("s3:ListBucket",), (f"{ARTIFACTS}/*",)), "s3:ListBucket"),
        (Grant("stranger", ("s3:GetObject",), (f"{ARTIFACTS}/*",)), "stranger"),
        (Grant(READER.access, ("s3:GetObject",), (f"{BACKUPS}/*",)), f"{BACKUPS}/"),
        (Grant(READER.access, ("s3:GetObject",), (f"{ARTIFACTS}2/*",)), f"{ARTIFACTS}2/"),
        (Grant(READER.access, ("s3:GetObject",), ("arn:aws-cn:s3:::artifacts/*",)), "arn:aws-cn"),
    ],
)
def test_a_grant_that_the_gateway_can_not_keep_to_is_an_error(
    gateway: Gateway, authority: Authority, grant: Grant, named: str
) -> None:
    with pytest.raises(OperationError, match=re.escape(named)) as caught:
        gateway.ensure([Bucket("artifacts", versioned=True, grants=(grant,))], KEYS, authority)
    assert re.search(r"bucket artifacts", caught.value.cause, re.IGNORECASE)
    found = json.loads(root(gateway).get_bucket_policy(Bucket="artifacts")["Policy"])
    assert len(found["Statement"]) == 2, "half of what was wanted is no better than nothing"


def test_a_lock_without_versions_and_a_key_of_a_session_are_refused(gateway: Gateway, authority: Authority) -> None:
    with pytest.raises(OperationError, match="Bucket plain"):
        gateway.ensure([Bucket("plain", versioned=False, locked_days=1)], KEYS, authority)
    with pytest.raises(OperationError, match="ASIA1"):
        gateway.ensure(BUCKETS, [Key("ASIA1", "s")], authority)


def test_a_bucket_that_can_not_be_made_is_an_error_that_names_it(gateway: Gateway, authority: Authority) -> None:
    with pytest.raises(OperationError, match="bucket Not_A_Name, to make it: InvalidBucketName"):
        gateway.ensure([Bucket("Not_A_Name", versioned=False)], KEYS, authority)

"""Real buckets by the real gateway: who gets in, what stays, and what of it lies where."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import socket
import ssl
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.aws import policies
from ops.environment import cache_directory
from ops.errors import OperationError
from rehearsal.aws.grants import grants
from rehearsal.planes import gateway as settings
from rehearsal.planes.authority import Authority
from rehearsal.planes.buckets import Gateway
from rehearsal.planes.wanted import Bucket, Grant, Key

pytestmark = pytest.mark.skipif(
    not (cache_directory() / "bin/versitygw").is_file(),
    reason="the S3 gateway is not built on this machine: python -m ops.gateway",
)

REGION = "eu-central-1"
ARN = "arn:aws:s3:::"
SERVICE, DATABASE = Key("service-1a", "secret-of-service"), Key("database-1a", "secret-of-database")
ARTIFACTS, BACKUPS = f"{ARN}artifacts", f"{ARN}backups"
DOCUMENTS = {
    SERVICE.access: [policies.host({"service"}, ARTIFACTS, BACKUPS, "arn:aws:kms:::key/1", REGION)],
    DATABASE.access: [policies.host({"database"}, ARTIFACTS, BACKUPS, "arn:aws:kms:::key/1", REGION)],
}
KEYS = [SERVICE, DATABASE]
BUCKETS = [
    Bucket("artifacts", versioned=True, grants=grants(ARTIFACTS, DOCUMENTS)),
    Bucket("backups", versioned=True, locked_days=3, grants=grants(BACKUPS, DOCUMENTS)),
    Bucket("plain", versioned=False),
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.of(tmp_path_factory.mktemp("authority"), "test")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    made = Gateway(tmp_path_factory.mktemp("gw") / "s3", "127.0.0.1", port, REGION)
    yield made
    made.stop()


@pytest.fixture
def gateway(running: Gateway, authority: Authority) -> Gateway:
    """With the buckets and keys above, whatever the test before left."""
    running.ensure(BUCKETS, KEYS, authority)
    return running


def root(gateway: Gateway) -> Any:
    return gateway.client(settings.root(gateway.directory))


def pid(gateway: Gateway) -> int:
    number: int = json.loads((gateway.directory / "versitygw.json").read_text())["pid"]
    return number


def answer(ask: Callable[..., Any], **parameters: Any) -> str:
    """What S3 says to a request: "ok", or the name of the error."""
    try:
        ask(**parameters)
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return "ok"


def test_a_key_can_do_what_it_is_granted_and_nothing_beside(gateway: Gateway) -> None:
    old = {
        name: root(gateway).put_object(Bucket=name, Key="x", Body=b"1") for name in ("artifacts", "backups", "plain")
    }
    may = {
        (SERVICE.access, "artifacts"): {"list", "get"},
        (DATABASE.access, "backups"): {"list", "list versions", "get", "get version", "put", "delete"},
    }
    for key in KEYS:
        s3 = gateway.client(key)
        for bucket in ("artifacts", "backups", "plain"):
            one = {"Bucket": bucket, "Key": "x"}
            version = {**one, "VersionId": old[bucket].get("VersionId", "null")}
            said = {
                "list": answer(s3.list_objects_v2, Bucket=bucket),
                "list versions": answer(s3.list_object_versions, Bucket=bucket),
                "get": answer(s3.get_object, **one),
                "get version": answer(s3.get_object, **version),
                "put": answer(s3.put_object, **one, Body=b"2"),
                "delete": answer(s3.delete_object, **one),
                "delete version": answer(s3.delete_object, **version, BypassGovernanceRetention=True),
                "unlock": answer(s3.put_object_retention, **version, Retention={}, BypassGovernanceRetention=True),
                "read policy": answer(s3.get_bucket_policy, Bucket=bucket),
                "write policy": answer(s3.put_bucket_policy, Bucket=bucket, Policy="{}"),
                "suspend": answer(
                    s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Suspended"}
                ),
                "remove": answer(s3.delete_bucket, Bucket=bucket),
            }
            granted = may.get((key.access, bucket), set())
            assert {name for name, word in said.items() if word == "ok"} == granted, f"{key.access} on {bucket}"
            others = {word for name, word in said.items() if name not in granted}
            assert others <= {"AccessDenied"}, "another error would hide what the key may do"
        assert answer(s3.create_bucket, Bucket="own") == "AccessDenied", "buckets are the account's to make"


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


def test_a_second_run_changes_nothing(gateway: Gateway, authority: Authority) -> None:
    before, said = pid(gateway), list[str]()
    gateway.ensure(BUCKETS, KEYS, authority, said.append)
    assert said == []
    assert pid(gateway) == before, "a restart would break off what hosts are doing"


def test_an_old_key_ends_with_the_run_that_does_not_name_it(gateway: Gateway, authority: Authority) -> None:
    root(gateway).put_object(Bucket="artifacts", Key="x", Body=b"1")
    before, get = pid(gateway), {"Bucket": "artifacts", "Key": "x"}
    assert answer(gateway.client(SERVICE).get_object, **get) == "ok"
    signed = gateway.client(SERVICE).generate_presigned_url("get_object", Params=get)
    assert fetched(gateway, signed) == (200, b"1")
    new = Key("service-2b", "another")
    bucket = Bucket("artifacts", versioned=True, grants=(Grant(new.access, ("s3:GetObject",), (f"{ARTIFACTS}/*",)),))
    gateway.ensure([bucket, *BUCKETS[1:]], [new, DATABASE], authority)
    assert answer(gateway.client(SERVICE).get_object, **get) == "InvalidAccessKeyId"
    assert fetched(gateway, signed)[0] == 403, "what it signed ends with it"
    assert answer(gateway.client(new).get_object, **get) == "ok"
    assert pid(gateway) == before, "a new key is no reason to break off what hosts are doing"


def test_a_changed_secret_takes_the_old_one_s_place_at_once(gateway: Gateway, authority: Authority) -> None:
    assert answer(gateway.client(DATABASE).list_objects_v2, Bucket="backups") == "ok"
    gateway.ensure(BUCKETS, [SERVICE, Key(DATABASE.access, "changed")], authority)
    assert answer(gateway.client(DATABASE).list_objects_v2, Bucket="backups") == "SignatureDoesNotMatch"


def test_the_log_says_who_fetched_what(gateway: Gateway) -> None:
    root(gateway).put_object(Bucket="artifacts", Key="models/a", Body=b"1")
    url = gateway.client(SERVICE).generate_presigned_url(
        "get_object", Params={"Bucket": "artifacts", "Key": "models/a"}
    )
    assert fetched(gateway, url)[0] == 200
    line = [each for each in (gateway.directory / "access.log").read_text().splitlines() if "models/a" in each][-1]
    assert f"127.0.0.1 {SERVICE.access} " in line
    assert "s3_GetObject models/a" in line


def test_a_bucket_that_is_no_longer_wanted_keeps_its_data_and_is_closed(gateway: Gateway, authority: Authority) -> None:
    root(gateway).put_object(Bucket="artifacts", Key="kept", Body=b"1")
    gateway.ensure(BUCKETS[1:], KEYS, authority)
    assert answer(gateway.client(SERVICE).get_object, Bucket="artifacts", Key="kept") == "AccessDenied"
    assert "kept" in gateway.objects("artifacts")
    gateway.ensure([Bucket("artifacts", versioned=True), *BUCKETS[1:]], KEYS, authority)
    assert answer(gateway.client(SERVICE).get_object, Bucket="artifacts", Key="kept") == "AccessDenied", "no grants"


def test_a_locked_version_can_not_be_destroyed(gateway: Gateway, authority: Authority) -> None:
    key = Key("breaker", "secret")
    everything = Grant(key.access, ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObject"), (f"{BACKUPS}/*",))
    gateway.ensure([Bucket("backups", True, 3, (everything,))], [key], authority)
    s3 = gateway.client(key)
    version = {
        "Bucket": "backups",
        "Key": "w",
        "VersionId": s3.put_object(Bucket="backups", Key="w", Body=b"w")["VersionId"],
    }
    assert answer(s3.delete_object, **version) == "AccessDenied"
    assert answer(s3.delete_object, **version, BypassGovernanceRetention=True) == "AccessDenied"
    assert answer(root(gateway).delete_object, **version) == "AccessDenied", "root must say that it means it"
    configuration = root(gateway).get_object_lock_configuration(Bucket="backups")["ObjectLockConfiguration"]
    assert configuration["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 3}, "as infra/aws locks them"
    gateway.ensure([Bucket("backups", True, 0, (everything,))], [key], authority)
    later = s3.put_object(Bucket="backups", Key="w", Body=b"w")["VersionId"]
    assert answer(s3.delete_object, Bucket="backups", Key="w", VersionId=later) == "ok", "the lock was lifted"


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


def test_data_and_keys_outlive_the_gateway(gateway: Gateway, authority: Authority) -> None:
    gateway.client(DATABASE).put_object(Bucket="backups", Key="full/2", Body=b"backup")
    administrator = settings.root(gateway.directory)
    gateway.stop()
    gateway.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((gateway.address, gateway.port), timeout=5)
    gateway.ensure(BUCKETS, KEYS, authority)
    assert gateway.digest("backups", "full/2") == hashlib.sha256(b"backup").hexdigest()
    assert settings.root(gateway.directory) == administrator


def test_a_digest_is_the_stored_one_or_made_from_the_content(gateway: Gateway) -> None:
    s3 = root(gateway)
    s3.put_object(Bucket="plain", Key="with", Body=b"a", ChecksumAlgorithm="SHA256")
    s3.put_object(Bucket="plain", Key="without", Body=b"b")
    upload = {"Bucket": "plain", "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, ChecksumAlgorithm="SHA256")["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"c", ChecksumAlgorithm="SHA256")
    parts = [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
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
        (Grant(SERVICE.access, ("s3:GetObject", "s3:GetObjectTorrent"), (f"{ARTIFACTS}/*",)), "s3:GetObjectTorrent"),
        (Grant(SERVICE.access, ("s3:ListBucket",), (f"{ARTIFACTS}/*",)), "s3:ListBucket"),
        (Grant("stranger", ("s3:GetObject",), (f"{ARTIFACTS}/*",)), "stranger"),
        (Grant(SERVICE.access, ("s3:GetObject",), (f"{BACKUPS}/*",)), f"{BACKUPS}/"),
        (Grant(SERVICE.access, ("s3:GetObject",), (f"{ARTIFACTS}2/*",)), f"{ARTIFACTS}2/"),
        (Grant(SERVICE.access, ("s3:GetObject",), ("arn:aws-cn:s3:::artifacts/*",)), "arn:aws-cn"),
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


def test_nothing_goes_without_tls(gateway: Gateway) -> None:
    connection = http.client.HTTPConnection(gateway.address, gateway.port, timeout=5)
    try:
        connection.request("GET", "/artifacts")
        assert connection.getresponse().status == 400, "a policy that denies plain requests stands for this"
    except (ConnectionError, http.client.HTTPException):
        pass
    finally:
        connection.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(gateway: Gateway) -> None:
    old = ssl.create_default_context(cadata=(gateway.directory / "ca.pem").read_text())
    old.set_ciphers("ALL:@SECLEVEL=0")  # or this side would be the one that refuses
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection((gateway.address, gateway.port), timeout=5) as plain,
        pytest.raises(ssl.SSLError, match=r"(?i)alert protocol version"),
    ):
        old.wrap_socket(plain, server_hostname=gateway.address)


def test_secrets_are_in_private_files_only(gateway: Gateway) -> None:
    argv = Path(f"/proc/{pid(gateway)}/cmdline").read_text()
    administrator = settings.root(gateway.directory)
    hidden = [administrator.secret, *(key.secret for key in KEYS)]
    assert not any(secret in argv for secret in hidden)
    assert stat.S_IMODE(gateway.directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((gateway.directory / "admin.sock").stat().st_mode) == 0o600, "it opens everything"
    assert stat.S_IMODE((gateway.directory / "access.log").stat().st_mode) == 0o600, "signed URLs are in it"
    for file in (path for path in gateway.directory.rglob("*") if path.is_file()):
        text = file.read_text(errors="replace")
        if "PRIVATE KEY" in text or any(secret in text for secret in hidden):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
            assert file.name in {"host.key", "root.json", "users.json"}, "a log is no place for it"


def test_the_administration_is_on_no_port(gateway: Gateway) -> None:
    inodes = {str(each.readlink()) for each in Path(f"/proc/{pid(gateway)}/fd").iterdir() if each.is_symlink()}
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in inodes:
                found.append(words[1])
    assert found == [f"0100007F:{gateway.port:04X}"], "S3 where it is wanted, and nothing else"
    with socket.socket(socket.AF_UNIX) as administration:
        administration.connect(str(gateway.directory / "admin.sock"))


def test_what_listens_there_already_is_not_taken_for_the_gateway(running: Gateway, authority: Authority) -> None:
    running.ensure(BUCKETS, KEYS, authority)
    again = Gateway(running.directory.with_name("other"), running.address, running.port, REGION)
    with pytest.raises(OperationError, match=f"listens on 127.0.0.1:{running.port}"):
        again.ensure(BUCKETS, KEYS, authority)


def test_another_authority_or_a_certificate_that_ends_soon_brings_a_new_one(
    gateway: Gateway, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, leaf = pid(gateway), (gateway.directory / "host.pem").read_text()
    gateway.ensure(BUCKETS, KEYS, Authority.of(tmp_path, "other"))
    assert pid(gateway) != first, "clients that trust the other authority could not come"
    gateway.ensure(BUCKETS, KEYS, authority)
    other = (gateway.directory / "host.pem").read_text()
    assert other != leaf
    monkeypatch.setattr(settings, "RENEWED", settings.RENEWED * 10)
    gateway.ensure(BUCKETS, KEYS, authority)
    assert (gateway.directory / "host.pem").read_text() != other


def fetched(gateway: Gateway, url: str) -> tuple[int, bytes]:
    """Status and body of a URL, by no more than the rehearsal's authority."""
    assert url.startswith(f"{gateway.endpoint}/")
    trust = ssl.create_default_context(cadata=(gateway.directory / "ca.pem").read_text())
    connection = http.client.HTTPSConnection(gateway.address, gateway.port, context=trust, timeout=10)
    try:
        connection.request("GET", url.removeprefix(gateway.endpoint))
        got = connection.getresponse()
        return got.status, got.read()
    finally:
        connection.close()

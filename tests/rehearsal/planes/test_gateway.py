"""The S3 gateway itself: how it is reached, what it leaves where, and when it is started anew."""

from __future__ import annotations

import hashlib
import http.client
import socket
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.config import Config

from ops.errors import OperationError
from rehearsal.planes import certificate, s3
from rehearsal.planes import gateway as settings
from rehearsal.planes.authority import Authority
from rehearsal.planes.buckets import Gateway
from tests.rehearsal.planes.s3_kit import (
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
    directory = tmp_path_factory.mktemp("gw") / "s3"
    directory.mkdir(mode=0o755)
    made = Gateway(directory, "127.0.0.1", free_port(), REGION)
    yield made
    made.stop()


@pytest.fixture
def gateway(running: Gateway, authority: Authority) -> Gateway:
    """With the buckets and keys above, whatever the test before left."""
    running.ensure(BUCKETS, KEYS, authority)
    return running


def test_a_second_run_changes_nothing(gateway: Gateway, authority: Authority) -> None:
    before, said = pid(gateway), list[str]()
    gateway.ensure(BUCKETS, KEYS, authority, said.append)
    assert said == []
    assert pid(gateway) == before, "a restart would break off what hosts are doing"


def test_the_log_says_who_fetched_what(gateway: Gateway) -> None:
    root(gateway).put_object(Bucket="artifacts", Key="models/a", Body=b"1")
    url = gateway.client(READER).generate_presigned_url("get_object", Params={"Bucket": "artifacts", "Key": "models/a"})
    assert fetched(gateway, url)[0] == 200
    line = [each for each in (gateway.directory / "access.log").read_text().splitlines() if "models/a" in each][-1]
    assert f"127.0.0.1 {READER.access} " in line
    assert "s3_GetObject models/a" in line


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


def test_a_body_is_not_taken_for_the_next_request(gateway: Gateway) -> None:
    client = s3.session().client(  # as boto3 is by itself, and so a service's own: a checksum comes after the body
        "s3",
        endpoint_url=gateway.endpoint,
        region_name=REGION,
        aws_access_key_id=DATABASE.access,
        aws_secret_access_key=DATABASE.secret,
        verify=str(gateway.directory / "ca.pem"),
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )
    for turn in range(30):
        assert answer(client.put_object, Bucket="backups", Key="body", Body=b"1") == "ok", turn
        assert answer(client.get_object, Bucket="backups", Key="body") == "ok", "left unread: the next comes anew"
        assert answer(client.put_object, Bucket="backups", Key="body", Body=b"2") == "ok", turn
        assert answer(client.delete_object, Bucket="backups", Key="body") == "ok", turn


def test_the_buckets_are_in_the_account_s_region(gateway: Gateway) -> None:
    assert root(gateway).get_bucket_location(Bucket="artifacts")["LocationConstraint"] == REGION


def test_the_persons_own_settings_are_not_read(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/dev/null")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    s3.session.cache_clear()
    assert "artifacts" in {each["Name"] for each in root(gateway).list_buckets()["Buckets"]}


def test_a_path_too_long_for_a_socket_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="107 bytes"):
        settings.settings(tmp_path / ("x" * 107), "127.0.0.1", 1, REGION)


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
    monkeypatch.setattr(certificate, "RENEWED", certificate.RENEWED * 10)
    gateway.ensure(BUCKETS, KEYS, authority)
    renewed = (gateway.directory / "host.pem").read_text()
    assert renewed != other
    monkeypatch.undo()
    (gateway.directory / "host.key").write_text((tmp_path / "authority.key").read_text())
    gateway.ensure(BUCKETS, KEYS, authority)
    assert (gateway.directory / "host.pem").read_text() != renewed, "a run was killed between the two files"

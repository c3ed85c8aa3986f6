"""Real buckets by the emulator: by TLS alone, for who has a token, as far as the role goes, and kept on the disk."""

from __future__ import annotations

import hashlib
import json
import socket

import pytest
import requests

from ops.errors import OperationError
from rehearsal.planes.gcs.store import GcsBucket
from tests.rehearsal.planes.gcs.conftest import ARTIFACTS, BACKUPS, KEEPER, STRANGER, Running


def test_an_account_does_what_its_role_says_and_nothing_beside(running: Running) -> None:
    assert running.put(KEEPER, "backups", "a/b", b"one").status_code == 200
    keeper = running.session(KEEPER)
    assert keeper.get(running.url("backups", "a%2Fb"), params={"alt": "media"}).content == b"one"
    assert [one["name"] for one in keeper.get(running.url("backups")).json()["items"]] == ["a/b"]
    assert running.put(KEEPER, "artifacts", "x", b"two").status_code == 403, "it may read there"
    assert keeper.delete(running.url("backups", "a%2Fb")).status_code < 300
    stranger = running.session(STRANGER)
    for bucket in ("backups", "artifacts"):
        assert stranger.get(running.url(bucket)).status_code == 403
        assert running.put(STRANGER, bucket, "x", b"three").status_code == 403


def test_without_a_token_nobody_gets_in(running: Running) -> None:
    ca = str(running.store.directory / "ca.pem")
    for headers in ({}, {"Authorization": "Bearer ya29.nobody"}, {"Authorization": "Basic eDp5"}):
        assert requests.get(running.url("backups"), headers=headers, verify=ca, timeout=10).status_code == 401


def test_it_speaks_tls_alone(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.store.port), timeout=10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP/1.1" not in plain.recv(100)


def test_a_long_upload_in_parts_is_whole(running: Running) -> None:
    """As pgBackRest has it: a resumable upload, whose id comes in a header of its own."""
    keeper, parts = running.session(KEEPER), [b"a" * 262144, b"b" * 100]
    where = f"{running.store.endpoint}/upload/storage/v1/b/backups/o"
    begun = keeper.post(where, params={"uploadType": "resumable", "name": "long"})
    upload = {"uploadType": "resumable", "upload_id": begun.headers["X-GUploader-UploadID"]}
    assert begun.headers["Location"].startswith("https://")
    keeper.put(where, params=upload, data=parts[0], headers={"Content-Range": "bytes 0-262143/*"})
    done = keeper.put(where, params=upload, data=parts[1], headers={"Content-Range": "bytes 262144-262243/262244"})
    assert done.status_code == 200
    assert running.store.digest("backups", "long") == hashlib.sha256(b"".join(parts)).hexdigest()


def batch(running: Running, email: str, bucket: str, *names: str) -> list[tuple[str, str]]:
    """(id, status) of each part that a batch of deletions is answered, as pgBackRest's `expire` sends and reads one."""
    parts = "".join(
        f"\r\n--x\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: {number}\r\n\r\nDELETE /storage/v1/b/{bucket}/o/{name} HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
        for number, name in enumerate(names)
    )
    headers = {"Content-Type": "multipart/mixed; boundary=x"}
    session, url = running.session(email), f"{running.store.endpoint}/batch/storage/v1"
    answer = session.post(url, data=f"{parts}\r\n--x--\r\n", headers=headers)
    assert answer.status_code == 200
    _, boundary = answer.headers["Content-Type"].split("boundary=")
    empty, *said, end = answer.text.split(f"--{boundary}")
    assert (empty, end) == ("", "--\r\n")
    heads = [each.split("\r\n\r\n")[:2] for each in said]
    return [(head.partition("Content-ID: ")[2], inner.partition("\r\n")[0]) for head, inner in heads]


def test_a_batch_deletes_what_its_sender_may(running: Running) -> None:
    for name in ("old1", "old2"):
        running.put(KEEPER, "backups", name, b"one")
    refused = [("<response-0>", "HTTP/1.1 403 Forbidden")]
    assert batch(running, STRANGER, "backups", "old1") == refused
    assert batch(running, KEEPER, "artifacts", "old1") == refused, "it may read there"
    assert {"old1", "old2"} <= set(running.store.objects("backups"))
    assert batch(running, KEEPER, "backups", "old1", "none", "old2") == [
        ("<response-0>", "HTTP/1.1 204 No Content"),
        ("<response-1>", "HTTP/1.1 404 Not Found"),
        ("<response-2>", "HTTP/1.1 204 No Content"),
    ]
    assert not {"old1", "old2"} & set(running.store.objects("backups"))


def test_what_is_no_batch_of_deletions_changes_nothing(running: Running) -> None:
    url = f"{running.store.endpoint}/batch/storage/v1"
    assert running.session(KEEPER).post(url, data="nothing").status_code == 400
    running.put(KEEPER, "backups", "read", b"one")
    part = "--x\r\nContent-Type: application/http\r\n\r\nGET /storage/v1/b/backups/o/read HTTP/1.1\r\n\r\n--x--"
    answer = running.session(KEEPER).post(url, data=part, headers={"Content-Type": "multipart/mixed; boundary=x"})
    assert "501 Not Implemented" in answer.text


def test_objects_and_digests_are_told(running: Running) -> None:
    running.put(KEEPER, "backups", "told/one", b"one")
    assert "told/one" in running.store.objects("backups")
    assert running.store.digest("backups", "told/one") == hashlib.sha256(b"one").hexdigest()
    assert running.store.digest("backups", "told/none") is None


def test_a_right_that_is_taken_is_gone_at_once_and_the_server_runs_on(running: Running) -> None:
    pid = json.loads((running.store.directory / "gcs.json").read_text())["pid"]
    running.put(KEEPER, "backups", "kept", b"one")
    running.store.ensure([GcsBucket("backups", {}, {}), ARTIFACTS], running.authority)
    assert running.session(KEEPER).get(running.url("backups")).status_code == 403
    running.store.ensure([BACKUPS, ARTIFACTS], running.authority)
    assert "kept" in running.store.objects("backups"), "objects are never removed"
    assert json.loads((running.store.directory / "gcs.json").read_text())["pid"] == pid


def test_what_was_stored_is_there_once_it_runs_again(running: Running) -> None:
    running.put(KEEPER, "backups", "after", b"one")
    running.store.stop()
    running.store.ensure([BACKUPS, ARTIFACTS], running.authority)
    assert running.store.digest("backups", "after") == hashlib.sha256(b"one").hexdigest()


def test_who_did_what_is_in_its_log(running: Running) -> None:
    running.put(KEEPER, "backups", "seen", b"one")
    line = (running.store.directory / "access.log").read_text().splitlines()[-1]
    member, path = f"serviceAccount:{KEEPER}", "/upload/storage/v1/b/backups/o"
    assert line.split()[1:] == ["127.0.0.1", member, "POST", path, "200"]


def test_a_stranger_on_its_port_is_named(running: Running) -> None:
    running.store.stop()
    with (
        socket.create_server(("127.0.0.1", running.store.port)),
        pytest.raises(OperationError, match=f"Something else listens on 127.0.0.1:{running.store.port}"),
    ):
        running.store.ensure([BACKUPS], running.authority)
    running.store.ensure([BACKUPS, ARTIFACTS], running.authority)

"""What a host tells is what is so there: on this machine, and in a tree of files made to order."""

from __future__ import annotations

import fcntl
import json
import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ops.doctor import hosts
from tests.ops.doctor.leaves import leaf

CARE: dict[str, Any] = runpy.run_path(str(hosts.PROGRAM))


@pytest.fixture
def tell(tmp_path: Path) -> Callable[[str], Any]:
    """The fact of that name, of the host whose root is the test's directory."""
    return lambda name: CARE[name](tmp_path, {"database": False})


def put(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def test_every_judge_has_its_fact() -> None:
    assert {name for name, _ in hosts.JUDGES.values()} == {fact.__name__ for fact in CARE["FACTS"]}


def test_one_fact_that_breaks_leaves_the_others(tmp_path: Path) -> None:
    """A root without /proc: no disks and no memory, but the rest is told, as JSON."""
    found = json.loads(json.dumps(CARE["facts"]({"resolve": "localhost", "database": False}, tmp_path)))
    assert set(found) == {fact.__name__ for fact in CARE["FACTS"]}
    assert "No such file" in found["memory"]["broken"]
    assert found["reboot"] is None
    assert found["dns"]["addresses"]


def test_this_machines_own_disks_and_memory() -> None:
    disks, memory = CARE["disks"](Path("/"), {}), CARE["memory"](Path("/"), {})
    assert 0 < disks["/"]["bytes"] < 1
    assert 0 < memory["available_kb"] < memory["total_kb"]
    told = os.statvfs("/")
    assert abs(disks["/"]["free"] - told.f_bavail * told.f_frsize) < 10**9


def test_half_an_answer_is_none() -> None:
    """apt begins to print before it finds that dpkg was interrupted: that is not `no updates`."""
    with pytest.raises(RuntimeError, match="sh ended with 3: why"):
        CARE["run"]("sh", "-c", "echo Reading package lists; echo why >&2; exit 3")


def test_a_name_that_nobody_has_is_told() -> None:
    found = CARE["dns"](Path("/"), {"resolve": "nobody.invalid"})
    assert (found["addresses"], bool(found["why"])) == ([], True)


@pytest.mark.parametrize(
    ("mode", "open_"), [(0o600, False), (0o640, False), (0o644, True), (0o601, True), (0o602, True)]
)
def test_a_secret_is_known_by_the_record_of_what_the_roles_wrote(
    tmp_path: Path, tell: Callable[[str], Any], mode: int, open_: bool
) -> None:
    put(tmp_path / "etc/shoestring/token", "canary", mode)
    put(tmp_path / "etc/shoestring/settings.json", "{}", 0o644)
    files = {"etc/shoestring/token": {"secret": True}, "etc/shoestring/settings.json": {"secret": False}}
    put(tmp_path / "var/lib/shoestring/tree/a.json", json.dumps({"files": files}))
    found = tell("secrets")
    assert found["open"] == (["/etc/shoestring/token"] if open_ else [])
    assert found["looked_at"] == 1
    assert "canary" not in json.dumps(found)


def test_a_private_key_is_a_secret_wherever_it_comes_from(tmp_path: Path, tell: Callable[[str], Any]) -> None:
    put(tmp_path / "etc/shoestring/by-hand/key.pem", "-----BEGIN PRIVATE KEY-----", 0o644)
    assert tell("secrets")["open"] == ["/etc/shoestring/by-hand/key.pem"]


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a file away")
def test_a_secret_of_nobody_is_told(tmp_path: Path, tell: Callable[[str], Any]) -> None:
    os.chown(put(tmp_path / "etc/shoestring/key.pem", "-----BEGIN PRIVATE KEY-----"), 54321, -1)
    assert tell("secrets")["stray"] == ["/etc/shoestring/key.pem"]


def test_every_certificate_of_a_file_is_told_and_no_key(tmp_path: Path, tell: Callable[[str], Any]) -> None:
    chain = [leaf(700), leaf(5)]
    key = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n"
    put(tmp_path / "etc/shoestring/tls/pair.pem", key + "".join(chain))
    found = tell("certificates")
    assert found == {"/etc/shoestring/tls/pair.pem": [pem.strip() for pem in chain]}


def test_a_reboot_names_what_asks_for_it(tmp_path: Path, tell: Callable[[str], Any]) -> None:
    assert tell("reboot") is None
    put(tmp_path / "run/reboot-required", "")
    assert tell("reboot") == []
    put(tmp_path / "run/reboot-required.pkgs", "libc6\nlinux-image\nlibc6\n")
    assert tell("reboot") == ["libc6", "linux-image"]


def test_a_lock_is_held_or_left(tmp_path: Path, tell: Callable[[str], Any]) -> None:
    assert tell("lock") is None
    path = put(tmp_path / "run/lock/shoestring-deploy.lock", "")
    assert tell("lock") is None, "one that was let go as it should be is empty"
    path.write_text('{"by": "ada"}')
    found = tell("lock")
    assert (found["held"], found["record"]) == (False, {"by": "ada"})
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert tell("lock")["held"]

"""The files of a host, and the care taken when root writes into a tree that a guest could have prepared."""

import hashlib
import os
from pathlib import Path

import pytest

from rehearsal.hosts import debs, files, image, mirror, network, state
from rehearsal.hosts.errors import HostsError


def test_network_file_is_static_and_sorts_before_systemds_own() -> None:
    text = files.NETWORK.format(gateway4="10.77.0.1", address="10.77.0.11", prefix4=24, address6="fd77::b", prefix6=64)
    assert "Address=10.77.0.11/24" in text
    assert "Address=fd77::b/64" in text
    assert "Gateway=10.77.0.1" in text
    assert "DHCP=no" in text
    assert "IPv6AcceptRA=no" in text


@pytest.mark.parametrize(
    ("stub", "uplink", "expected"),
    [
        ("nameserver 192.0.2.53\noptions edns0\n", None, "nameserver 192.0.2.53\noptions edns0\n"),
        ("nameserver 127.0.0.53\n", "nameserver 192.0.2.1\n", "nameserver 192.0.2.1\n"),
        ("nameserver 127.0.0.1\n", None, "nameserver 10.77.0.1\n"),
        ("# empty\n", None, "nameserver 10.77.0.1\n"),
    ],
)
def test_name_servers_that_a_host_can_reach(tmp_path: Path, stub: str, uplink: str | None, expected: str) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/resolv.conf").write_text(stub)
    if uplink:
        (tmp_path / "run/systemd/resolve").mkdir(parents=True)
        (tmp_path / "run/systemd/resolve/resolv.conf").write_text(uplink)
    assert files.resolv_conf("10.77.0.1", tmp_path) == expected


def test_put_makes_directories_and_sets_modes(tmp_path: Path) -> None:
    files.put(tmp_path, "etc/ssh/key", "secret\n", 0o600, os.getuid())
    assert (tmp_path / "etc/ssh/key").read_text() == "secret\n"
    assert (tmp_path / "etc/ssh/key").stat().st_mode & 0o777 == 0o600
    files.put(tmp_path, "etc/ssh/key", "other\n", 0o644, os.getuid())
    assert [path.name for path in (tmp_path / "etc/ssh").iterdir()] == ["key"], "no temporary file stays"


def test_put_follows_no_link_out_of_the_host(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    upper = tmp_path / "upper"
    upper.mkdir()
    (upper / "etc").symlink_to(outside)
    with pytest.raises(HostsError, match="can't be written"):
        files.put(upper, "etc/passwd", "root::0:0::/:/bin/sh\n", 0o644, os.getuid())
    assert not list(outside.iterdir()), "a guest's link must not lead the controller's root anywhere"


def test_only_packages_of_the_signed_index_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debs, "STORE", tmp_path / "store")
    monkeypatch.setattr("rehearsal.hosts.locks.DIRECTORY", tmp_path / "locks")
    archives = tmp_path / "upper" / debs.ARCHIVES
    archives.mkdir(parents=True)
    (archives / "good_1_amd64.deb").write_bytes(b"good")
    (archives / "evil_1_amd64.deb").write_bytes(b"evil")
    (archives / "link_1_amd64.deb").symlink_to("/etc/hostname")
    (archives / "lock").touch()
    (tmp_path / "packages.sha256").write_text(hashlib.sha256(b"good").hexdigest())
    assert debs.harvest(tmp_path / "upper", tmp_path) == 1
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["good_1_amd64.deb"]
    assert debs.harvest(tmp_path / "upper", tmp_path) == 0, "what is there is not copied again"
    debs.seed(tmp_path / "layer")
    assert (tmp_path / "layer" / debs.ARCHIVES / "good_1_amd64.deb").read_bytes() == b"good"


def test_the_store_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debs, "STORE", tmp_path)
    monkeypatch.setattr(debs, "LIMIT", 25)
    for age, name in enumerate("cba"):
        (tmp_path / f"{name}.deb").write_bytes(b"0123456789")
        os.utime(tmp_path / f"{name}.deb", (1000 - age, 1000 - age))
    debs.prune()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.deb", "c.deb"], "the oldest goes"


def test_a_state_file_is_replaced_whole(tmp_path: Path) -> None:
    state.write(tmp_path / "a/b.json", {"x": 1})
    state.write(tmp_path / "a/b.json", {"x": 2})
    assert state.read(tmp_path / "a/b.json") == {"x": 2}
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.json"]
    assert state.read(tmp_path / "nothing.json") is None


@pytest.mark.parametrize("name", ["", "Local", "a/b", "..", "a" * 31, "1st", "a b"])
def test_an_environments_name_can_not_leave_its_directory(name: str) -> None:
    with pytest.raises(HostsError, match="environment name"):
        state.Environment(name)


def test_the_firewall_lets_out_by_the_default_route_only() -> None:
    text = network.table("local", "shoe0", "10.77.0.0/24", ["eth0"])
    rules = [line.strip() for line in text.splitlines()]
    assert 'ip saddr 10.77.0.0/24 oifname "eth0" masquerade' in rules
    assert 'iifname "shoe0" oifname "eth0" ip saddr 10.77.0.0/24 accept' in rules
    assert rules.index('iifname "shoe0" drop') > rules.index('iifname "shoe0" oifname "shoe0" accept')
    assert 'oifname "shoe0" drop' in rules
    offline = network.table("local", "shoe0", "10.77.0.0/24", [])
    assert "masquerade" not in offline
    assert 'iifname "shoe0" drop' in offline


def test_the_image_is_keyed_by_everything_that_decides_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "run", lambda _: "")
    monkeypatch.setattr(mirror, "read_controller", lambda: None)
    first = image.Recipe().digest
    assert first == image.Recipe().digest
    monkeypatch.setattr(image, "PACKAGES", (*image.PACKAGES, "vim"))
    assert image.Recipe().digest != first


OPEN = {"authorized_key": "ssh-ed25519 AAAAnew x", "address": "10.77.0.11"}


@pytest.mark.parametrize(
    ("lets_in", "opened"),
    [
        (b"ssh-ed25519 AAAAnew x\n", True),
        (b"ssh-ed25519 AAAAnew x\nssh-ed25519 AAAAold x\n", False),
        (b"ssh-ed25519 AAAAold x\n", False),
        (b"\xff\xfe\xff\n", False),
        (b"\xff\xfe\xff\nssh-ed25519 AAAAnew x\n", True),
    ],
    ids=["the new key", "both", "the old one", "no text", "no text, and the new key"],
)
def test_a_host_that_a_rotation_opened_already_is_known(tmp_path: Path, lets_in: bytes, opened: bool) -> None:
    """The guest writes that file, and may write anything."""
    keys = tmp_path / "upper/home/deploy/.ssh/authorized_keys"
    keys.parent.mkdir(parents=True)
    keys.write_bytes(lets_in)
    had = OPEN | {"authorized_key": "ssh-ed25519 AAAAold x"}
    assert files.opened_by(tmp_path, had, OPEN) is opened
    assert not files.opened_by(tmp_path, had | {"address": "10.77.0.12"}, OPEN), "more than the key is another"

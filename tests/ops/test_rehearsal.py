"""The Footprint of hosts on this machine is one that the rest of Shoestring accepts."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.footprint import Footprint
from ops import down, processes, rehearsal
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps


def host_key(number: int) -> str:
    return "ssh-ed25519 " + base64.b64encode(b"\0\0\0\x0bssh-ed25519\0\0\0 " + bytes([number]) * 32).decode()


def host(number: int, name: str, *groups: str) -> dict[str, Any]:
    return {
        "name": name,
        "address": f"10.77.0.{number}",
        "address6": f"fd77:5705:1e55::{number:x}",
        "host_keys": [host_key(number)],
        "groups": list(groups),
        "state": "running",
    }


def made(*hosts: dict[str, Any]) -> dict[str, Any]:
    """What `rehearsal.hosts create` prints."""
    return {
        "environment": "one", "bridge": "shoe0", "gateway4": "10.77.0.1", "gateway6": "fd77:5705:1e55::1",
        "subnet4": "10.77.0.0/24", "subnet6": "fd77:5705:1e55::/64", "hosts": list(hosts),
    }  # fmt: skip


THREE = made(host(11, "app1", "proxy", "service"), host(12, "app2", "service"), host(21, "data1", "database", "bucket"))
SINGLE = made(host(11, "all1", "proxy", "service", "database", "bucket"))
APART = made(host(11, "app1", "proxy", "service"), host(21, "data1", "database"), host(22, "store1", "bucket"))


@pytest.mark.parametrize(
    ("hosts", "accepts"),
    [(THREE, ["backups-on-database-host"]), (SINGLE, ["backups-on-database-host"]), (APART, [])],
)
def test_it_is_a_footprint(one: Environment, hosts: dict[str, Any], accepts: list[str]) -> None:
    assert rehearsal.write_footprint(one, hosts)
    footprint = Footprint.load(one.footprint)
    assert footprint.accept == accepts, "the risk is accepted only where it exists"
    assert [each.name for each in footprint.hosts] == [each["name"] for each in hosts["hosts"]]
    assert footprint.public.names == ["10.77.0.11"], "clients use the proxy's address"
    network = footprint.plain()["network"]
    assert network["admin_cidrs"] == ["10.77.0.1/32", "fd77:5705:1e55::1/128"], "of the bridge only the controller"
    assert "rehearsal.yml" in one.footprint.read_text().splitlines()[0], "who opens it learns what to change instead"


def test_a_volume_reaches_the_footprint(one: Environment) -> None:
    volume = {"purpose": "database", "device": "/dev/disk/by-id/shoestring-database"}
    app, data = host(11, "app1", "proxy", "service"), host(21, "data1", "database", "bucket")
    rehearsal.write_footprint(one, made(app | {"volumes": []}, data | {"volumes": [volume]}))
    volumes = [each["volumes"] for each in Footprint.load(one.footprint).plain()["hosts"]]
    assert volumes == [[], [volume]]
    assert one.footprint.read_text().count("volumes") == 1, "what a host does not have is not written"


def test_the_door_is_as_rehearsal_yml_says(one: Environment) -> None:
    public = {"names": ["predict.door.internal"], "certificate": {"acme": {"email": "ops@mycompany.net"}}}
    for said in (public, {"certificate": "files"}):
        one.rehearsal.write_text(yaml.safe_dump({"public": said}))
        rehearsal.write_footprint(one, THREE)
        written = yaml.safe_load(one.footprint.read_text())["public"]
        assert written == {"names": ["10.77.0.11"], **said}, "without a name the proxy's address is the name"


def test_an_error_of_the_hosts_says_what_to_type(one: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    said = " 0.1 s  booting\nerror: app1 is silent\n  so: it is not usable\n  do: begin anew: destroy --environment one"
    monkeypatch.setattr(processes, "run", lambda *_, **__: processes.Result(1, "", said))
    with pytest.raises(OperationError) as error:
        rehearsal.destroy(one, print)
    assert error.value.cause == "app1 is silent"
    assert error.value.consequence == "it is not usable"
    assert error.value.fix == "begin anew: make down ENV=one"


def test_the_same_hosts_leave_the_file_alone(one: Environment) -> None:
    rehearsal.write_footprint(one, THREE)
    before = one.footprint.stat()
    assert not rehearsal.write_footprint(one, THREE)
    assert one.footprint.stat().st_mtime_ns == before.st_mtime_ns
    changed = made(*THREE["hosts"][:2], host(22, "data1", "database", "bucket"))
    assert rehearsal.write_footprint(one, changed)


def test_what_rehearsal_hosts_says_reaches_the_person(one: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "   0.1 s  app1: error: not this\n   0.2 s  base image\n"
    said += "error: shoe0 is taken\n  so: nothing was made\n  do: rename it\n"
    monkeypatch.setattr(processes, "run", lambda *_, **__: processes.Result(1, "", said))
    with pytest.raises(OperationError) as caught:
        rehearsal.create(one, one.rehearsal, Path("key.pub"), print)
    assert (caught.value.cause, caught.value.consequence, caught.value.fix) == (
        "shoe0 is taken", "nothing was made", "rename it",
    )  # fmt: skip


def test_down_refuses_servers_that_someone_owns(yours: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "run", lambda *_, **__: pytest.fail("nothing may be run"))
    before = yours.footprint.read_text()
    with pytest.raises(OperationError, match="servers that you own"):
        down.run(yours, "", "", Steps)
    assert yours.footprint.read_text() == before


def test_down_is_safe_twice_and_keeps_the_secrets(one: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run(argv: list[Any], **_: Any) -> processes.Result:
        ran.append([str(word) for word in argv])
        return processes.Result(0, "{}", "")

    monkeypatch.setattr(processes, "run", run)
    monkeypatch.setattr(rehearsal, "authorize", lambda: None)
    rehearsal.write_footprint(one, THREE)
    state = one.make_state()
    facts = state.parent / "facts"
    facts.mkdir()
    for path in (
        state / "known_hosts",
        state / "api-key",
        state / "id_ed25519",
        facts / "one_app1",
        facts / "two_app1",
    ):
        path.touch()
    for _ in range(2):
        down.run(one, "", "", Steps)
        assert not (one.directory / "footprint.yml").exists()
        assert {path.name for path in state.iterdir()} == {"api-key", "id_ed25519", "lock"}
        assert {path.name for path in facts.iterdir()} == {"two_app1"}, "another environment's facts are not ours"
    assert [argv[-3:] for argv in ran] == [["destroy", "--environment", "one"]] * 2

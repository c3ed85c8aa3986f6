"""A volume is a disk: a host finds it by its name, it outlives the host's power, and it goes with the host."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rehearsal.hosts import files, state, volumes
from rehearsal.hosts.errors import HostsError
from tests.rehearsal.kit import ENVIRONMENT, FILE, HOSTS, ROOT, Rehearsal, traces

real = [
    pytest.mark.hosts,
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="hosts need root on Linux: sudo make test"),
]
DEVICE = "/dev/disk/by-id/shoestring-database"
READ = f"sudo dd if={DEVICE} bs=6 count=1 skip=1000 status=none"


def test_a_volume_takes_only_what_is_written_and_never_shrinks(tmp_path: Path) -> None:
    volumes.make(tmp_path, {"database": "1G"})
    path = volumes.image(tmp_path, "database")
    assert path.stat().st_size == 1024**3
    assert path.stat().st_blocks == 0, "an empty volume must not fill this machine's disk"
    with path.open("r+b") as stream:
        stream.write(b"kept")
    volumes.make(tmp_path, {"database": "2G"})
    assert path.stat().st_size == 2 * 1024**3
    with path.open("rb") as stream:
        assert stream.read(4) == b"kept"
    with pytest.raises(HostsError, match=r"2\.0 GiB, rehearsal\.yml says 512M"):
        volumes.make(tmp_path, {"database": "512M"})
    assert path.stat().st_size == 2 * 1024**3


def test_a_host_is_given_its_volumes_and_nothing_else_of_the_machine(tmp_path: Path) -> None:
    record = {"image": "/image", "settings": {"bridge": "shoe0"}}
    words = files.launch("one", tmp_path, record, 0, {DEVICE: "/dev/loop7"})["nspawn"]
    assert [word for word in words if word.startswith("--bind")] == [f"--bind=/dev/loop7:{DEVICE}"]
    assert not [word for word in files.launch("one", tmp_path, record, 0, {})["nspawn"] if "--bind" in word]


def with_volume(hosts: Rehearsal, *volume: dict[str, str]) -> Path:
    listed = [{"name": name, "address": address, "groups": ["database"]} for name, address in HOSTS.items()]
    return hosts.write(FILE | {"hosts": [listed[0] | {"volumes": list(volume)}, listed[1]]}, "volumes.yml")


def loops() -> list[str]:
    """Loop devices that hold a file of our environment."""
    done = subprocess.run(["losetup", "--all"], capture_output=True, text=True, check=True)
    return [line.split(":")[0] for line in done.stdout.splitlines() if f"/{ENVIRONMENT}/" in line]


@pytest.fixture
def given(hosts: Rehearsal) -> Rehearsal:
    answer = hosts.run("create", file=with_volume(hosts, {"purpose": "database", "size": "128M"}))
    assert [host["volumes"] for host in answer["hosts"]] == [[{"purpose": "database", "device": DEVICE}], []]
    return hosts


class TestReal:
    pytestmark = real

    @pytest.mark.full
    def test_a_volume_outlives_the_power(self, given: Rehearsal) -> None:
        assert given.ssh("h1", f"sudo blockdev --getsize64 {DEVICE}") == str(128 * 1024**2)
        given.ssh("h1", f"printf precious | sudo dd of={DEVICE} bs=6 seek=1000 conv=fsync status=none")
        for verbs in (["reboot"], ["stop", "start"], ["kill", "start"]):
            for verb in verbs:
                given.run(verb, "h1")
            assert given.ssh("h1", READ) == "precio", f"gone after {verbs}"
            assert len(loops()) == 1, f"{verbs} left a device behind, or took a second one"

    def test_other_hosts_do_not_have_it(self, given: Rehearsal) -> None:
        assert given.ssh("h2", "ls /dev/disk 2>&1; true") == "ls: cannot access '/dev/disk': No such file or directory"

    def test_a_disk_taken_out_and_put_back_keeps_its_data(self, given: Rehearsal) -> None:
        given.ssh("h1", f"printf precious | sudo dd of={DEVICE} bs=6 seek=1000 conv=fsync status=none")
        given.run("create", file=with_volume(given))
        assert given.ssh("h1", f"test -e {DEVICE} || echo out") == "out"
        assert loops() == []
        given.run("create", file=with_volume(given, {"purpose": "database", "size": "256M"}))
        assert given.ssh("h1", f"sudo blockdev --getsize64 {DEVICE}; {READ}") == f"{256 * 1024**2}\nprecio"
        shrunk = with_volume(given, {"purpose": "database", "size": "128M"})
        assert "shrinking would cut its data off" in given.refused("create", file=shrunk)
        assert given.ssh("h1", READ) == "precio", "a refusal must not stop the host"

    @pytest.mark.parametrize("seconds", [0, pytest.param(0.3, marks=pytest.mark.full)])
    def test_a_killed_create_leaves_no_device_that_is_not_reclaimed(self, hosts: Rehearsal, seconds: float) -> None:
        hosts.run("destroy")
        file = with_volume(hosts, {"purpose": "database", "size": "128M"})
        process = subprocess.Popen(hosts.argv("create", file=file), cwd=ROOT, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        while "h1: booting" not in process.stderr.readline():
            assert process.poll() is None
        time.sleep(seconds)
        process.kill()
        process.wait()
        # As if it had been cut off before the host was whole: what is there is made anew, and its device with it.
        (state.Environment(ENVIRONMENT).host("h1") / "host.json").unlink()
        hosts.run("create", file=file)
        assert len(loops()) == 1
        assert hosts.ssh("h1", f"test -b {DEVICE} && echo there") == "there"

    def test_destroy_gives_the_device_back(self, given: Rehearsal) -> None:
        given.ssh("h1", f"sudo dd if=/dev/zero of={DEVICE} bs=1M count=8 status=none")
        assert [line for line in traces() if line.startswith("/dev/loop")], "the search has to find what is there"
        for _ in range(2):
            given.run("destroy")
            assert traces() == []
            assert loops() == []

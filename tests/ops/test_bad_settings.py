"""What a person types, with settings that are wrong: refused in words by either door, at once, nobody contacted."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops import vault
from ops.environment import ROOT
from tests.infra import bad_hosts, bad_rest, bad_ssh
from tests.infra.bad import Bad as BadFootprint
from tests.infra.checks import bad_names, bad_values
from tests.infra.checks.environments import MAIN, Bad, make
from tests.infra.footprints import changed, three

NAME = "test-refused"
STATE = ROOT / ".shoestring" / NAME
SETTINGS = bad_names.BAD | bad_values.BAD
# A verb looks at the directory's name first, which is the environment's.
FOOTPRINTS = {
    name: bad for name, bad in (bad_hosts.BAD | bad_ssh.BAD | bad_rest.BAD).items() if bad.at != "environment"
}
# One of each kind; `make test-full` does some more.
SAMPLE = ("misspelt", "host keys off", "password in clear", "slow clients welcome", "port that is shut", "a megabyte")
DOORS = {
    "verb": [sys.executable, "-m", "ops.cli", "up", "--env"],
    "ansible-playbook": [str(Path(sys.executable).with_name("ansible-playbook")), "ansible/site.yml", "-i"],
}


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[int, list[object]]]:
    """A port on this machine, and who connected to it."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    callers: list[object] = []
    done = threading.Event()

    def serve() -> None:
        while not done.is_set():
            try:
                connection, caller = server.accept()
            except TimeoutError:
                continue
            callers.append(caller)
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1], callers
    done.set()
    thread.join()
    server.close()


@pytest.fixture(autouse=True)
def _no_state() -> Iterator[None]:
    """What one test wrote by mistake is no fault of the next."""
    shutil.rmtree(STATE, ignore_errors=True)
    yield
    shutil.rmtree(STATE, ignore_errors=True)


def document(port: int) -> dict[str, Any]:
    """Three hosts, the first of which is reached where the listener listens."""
    ssh = three()["hosts"][0]["ssh"] | {"address": "localhost", "port": port}
    return changed(changed(three(), "environment", NAME), "hosts.0.ssh", ssh)


def run(command: list[str]) -> tuple[int, str]:
    """(exit code, all that it printed with blanks folded)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "SHOESTRING_"))}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=kept | {"SHOESTRING_VAULT_KEY": "of-this-test", "NO_COLOR": "1", "COLUMNS": "9999"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


def content(directory: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def refuse(door: str, footprint: Path, callers: list[object], *words: str) -> None:
    """Goes through the door, and is refused as it should be."""
    before = content(footprint.parent)
    where = str(footprint.parent) if door == "verb" else str(footprint)
    code, told = run([*DOORS[door], where])
    assert code != 0
    for word in words:
        assert " ".join(word.split()) in told, told
    assert "so nothing was contacted or changed" in told
    assert "Traceback" not in told
    assert "canary77" not in told, "what may be a secret is not repeated"
    assert callers == [], "no host was contacted"
    assert not STATE.exists(), "nothing was written"
    assert content(footprint.parent) == before


def _setting(name: str, door: str, tmp_path: Path, listener: tuple[int, list[object]]) -> None:
    bad: Bad = SETTINGS[name]
    footprint = make(tmp_path, {bad.path: bad.text}, document(listener[0]))
    refuse(door, footprint, listener[1], bad.path.partition("/")[0], bad.key, bad.expected, bad.fix)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", SAMPLE)
def test_a_bad_setting_is_refused(name: str, door: str, tmp_path: Path, listener: tuple[int, list[object]]) -> None:
    _setting(name, door, tmp_path, listener)


@pytest.mark.full
@pytest.mark.parametrize("name", list(SETTINGS)[::10])  # tests/infra/checks/test_environment.py has them all
def test_every_tenth_bad_setting_is_refused(name: str, tmp_path: Path, listener: tuple[int, list[object]]) -> None:
    _setting(name, "ansible-playbook", tmp_path, listener)


@pytest.mark.full
@pytest.mark.parametrize("name", list(FOOTPRINTS)[::10])  # tests/infra/test_footprint_bad.py has them all
def test_every_tenth_bad_footprint_is_refused(name: str, tmp_path: Path, listener: tuple[int, list[object]]) -> None:
    bad: BadFootprint = FOOTPRINTS[name]
    footprint = make(tmp_path, {}, changed(bad.base, bad.at, bad.value))
    refuse("verb", footprint, listener[1], bad.path, bad.expected, bad.fix)


@pytest.mark.parametrize("verb", ["deploy", "verify", "status", "footprint"])
def test_no_verb_goes_past_the_check(verb: str, tmp_path: Path, listener: tuple[int, list[object]]) -> None:
    footprint = make(tmp_path, {MAIN: "service_tasks_max: 1\n"}, document(listener[0]))
    code, told = run([sys.executable, "-m", "ops.cli", verb, "--env", str(footprint.parent)])
    assert (code, listener[1]) == (1, [])
    assert "failed" not in told, "the verb itself refused, before it started anything"
    assert "service_tasks_max found 1 expected a whole number from 16 to 65535" in told


def test_no_verb_reads_the_footprint_by_itself() -> None:
    """Environment.check is the door: whoever loads a Footprint past it has not looked at the settings beside it."""
    sources = {path.name: path.read_text() for path in (ROOT / "ops").glob("*.py")}
    assert len(sources) > 20
    assert [name for name, text in sources.items() if "Footprint.load(" in text] == []


def test_before_the_hosts_are_made_settings_are_refused_too(tmp_path: Path) -> None:
    directory = tmp_path / NAME
    (directory / "group_vars/all").mkdir(parents=True)
    rehearsal = yaml.safe_load((ROOT / "stacks/local/rehearsal.yml").read_text())
    (directory / "rehearsal.yml").write_text(yaml.safe_dump(rehearsal))
    (directory / MAIN).write_text("service_tasks_max: 1\n")
    for verb in ("up", "hosts"):
        code, told = run([sys.executable, "-m", "ops.cli", verb, "--env", str(directory)])
        assert code == 1
        assert "service_tasks_max" in told
        assert not STATE.exists()


def test_bad_or_missing_secrets_are_refused_by_either_door(tmp_path: Path, listener: tuple[int, list[object]]) -> None:
    port, callers = listener
    footprint = make(tmp_path, {}, document(port))
    path = footprint.parent / "group_vars/all/vault.yml"
    refuse("ansible-playbook", footprint, callers, "the environment's secrets", "ops.cli secrets --env")
    vault.write(path, {"vault_database_service_password": "canary77"}, b"of-this-test")
    told = ("vault_database_service_password", "at least 24 characters", "ansible-vault edit")
    refuse("ansible-playbook", footprint, callers, *told)
    code, said = run([sys.executable, "-m", "ops.cli", "deploy", "--env", str(footprint.parent)])
    assert (code, callers) == (1, [])
    for word in told:
        assert word in said
    assert "canary77" not in said
    # The proof that the listener would have noticed.
    vault.write(path, {"vault_database_service_password": "x" * 24}, b"of-this-test")
    ansible = str(Path(sys.executable).with_name("ansible"))
    code, said = run([ansible, "app1", "-i", str(footprint), "-m", "ansible.builtin.ping"])
    assert code != 0
    assert callers, said
    callers.clear()

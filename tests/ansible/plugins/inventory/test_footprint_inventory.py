"""The plugin as Ansible runs it: plain commands from the root, and a broken Footprint fails them."""

from __future__ import annotations

import json
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

from ops import ssh_key, vault
from tests.infra.footprints import changed, key, three, write

REPO = Path(__file__).resolve().parents[4]
BIN = Path(sys.executable).parent
PLAY = "- {hosts: all, gather_facts: false, tasks: [{ansible.builtin.ping: {}}]}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of what the plugin needs, so that nothing is written into the repo itself."""
    root = tmp_path / "repo"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPO / "infra", root / "infra", ignore=ignored)
    shutil.copytree(REPO / "ansible/plugins/inventory", root / "ansible/plugins/inventory", ignore=ignored)
    shutil.copytree(REPO / "ansible/roles", root / "ansible/roles", ignore=ignored)
    shutil.copy(REPO / "ansible/site.yml", root / "ansible")
    (root / "stacks").mkdir()
    shutil.copy(REPO / "stacks/exposure.yml", root / "stacks")
    shutil.copy(REPO / "ansible.cfg", root)
    (root / "play.yml").write_text(PLAY)
    (root / "vault-key").write_text("unused\n")
    vault.write(root / "stacks/three/group_vars/all/vault.yml", {"vault_x": "kept"}, b"unused")
    return root


def run(root: Path, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"ANSIBLE_VAULT_PASSWORD_FILE": str(root / "vault-key"), "NO_COLOR": "1", **more}
    program, *arguments = command
    return subprocess.run(
        [BIN / program, *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
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


def plain(value: Any) -> Any:
    """ansible-inventory marks data that must not be templated; the marks taken off."""
    if isinstance(value, dict):
        return (
            value["__ansible_unsafe"] if set(value) == {"__ansible_unsafe"} else {k: plain(v) for k, v in value.items()}
        )
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("suffix", ["yml", "json"])
def test_ansible_sees_groups_hosts_and_variables(suffix: str, root: Path) -> None:
    file = write(root / "stacks", three(), suffix)
    group_vars = file.parent / "group_vars" / "all"
    (group_vars / "main.yml").write_text('service_asgi: "{{ footprint.environment }}"\n')
    done = run(root, "ansible-inventory", "-i", str(file.relative_to(root)), "--list")
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    told = json.loads(done.stdout)
    assert told["service"]["hosts"] == ["app1", "app2"]
    assert "telemetry" in told["all"]["children"], "a group without hosts exists"
    app2 = plain(told["_meta"]["hostvars"]["app2"])
    assert app2["ansible_host"] == "10.20.0.12"
    assert app2["footprint_host"]["name"] == "app2"
    assert app2["footprint"]["environment"] == "three"
    assert app2["footprint_directory"] == str(file.parent)
    assert app2["footprint_state"] == str(root / ".shoestring/three")
    assert app2["footprint_ports"]["database"] == 5432
    assert {one["port"] for one in app2["footprint_ingress"]} == {22, 8443}
    assert "StrictHostKeyChecking=yes" in app2["ansible_ssh_common_args"]
    assert app2["service_asgi"] == "{{ footprint.environment }}", "group_vars beside the Footprint are read"
    known_hosts = root / ".shoestring/three/known_hosts"
    assert f"app2 {key(12)}\n" in known_hosts.read_text()
    assert known_hosts.stat().st_mode & 0o777 == 0o600


def test_a_broken_footprint_fails_the_run_and_contacts_nobody(root: Path, listener: tuple[int, list[object]]) -> None:
    port, callers = listener
    document = changed(three(), "hosts.0.ssh", {**three()["hosts"][0]["ssh"], "address": "localhost", "port": port})
    document = changed(changed(document, "hosts.1.groups", ["servce"]), "hosts.2.address", "10.99.0.1")
    file = write(root / "stacks", document)
    done = run(root, "ansible-playbook", "-i", str(file.relative_to(root)), "play.yml")
    assert done.returncode != 0, "without any_unparsed_is_failed it would match no host and return 0"
    told = " ".join((done.stdout + done.stderr).split())
    for part in ("hosts[1].groups[0]", "did you mean `service`", "hosts[2].address", "nothing was contacted"):
        assert part in told, "the whole text reaches the user"
    assert callers == []
    assert not (root / ".shoestring/three/known_hosts").exists()
    good = write(
        root / "stacks",
        changed(changed(document, "hosts.1.groups", ["service"]), "hosts.2.address", "10.20.0.21"),
    )
    run(root, "ansible-playbook", "-i", str(good), "play.yml", "--limit", "app1")
    assert callers, "the listener would have noticed"


def test_no_inventory_at_all_fails_the_run(root: Path) -> None:
    assert run(root, "ansible-playbook", "play.yml").returncode != 0
    assert run(root, "ansible-playbook", "-i", "stacks/nowhere/footprint.yml", "play.yml").returncode != 0


def test_a_bad_exposure_table_fails_the_run(root: Path) -> None:
    file = write(root / "stacks", three())
    (root / "stacks/exposure.yml").write_text("- {from: world, to: all, protocol: tcp, port: 22, why: oh dear}\n")
    done = run(root, "ansible-inventory", "-i", str(file), "--list")
    assert done.returncode != 0
    assert "the only public door" in done.stderr


def test_a_python_without_pydantic_says_what_to_do(root: Path) -> None:
    file = write(root / "stacks", three())
    (root / "broken").mkdir()
    (root / "broken/pydantic.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'pydantic'\", name='pydantic')\n"
    )
    done = run(root, "ansible-inventory", "-i", str(file), "--list", PYTHONPATH=str(root / "broken"))
    assert done.returncode != 0
    assert "make setup" in done.stderr
    assert "pydantic" in done.stderr


def test_facts_are_kept_under_the_repo_and_apart_for_each_environment(root: Path) -> None:
    file = write(root / "stacks", three())
    arguments = ["-i", str(file), "app1", "-m", "ansible.builtin.setup", "-a", "gather_subset=!all,!min"]
    done = run(root, "ansible", *arguments, "-e", "ansible_connection=local")
    assert done.returncode == 0, done.stdout + done.stderr
    (cached,) = (root / ".shoestring/facts").iterdir()
    assert cached.name.startswith("three_"), "app1 of another environment is another machine"
    assert cached.name.endswith("app1")


def test_ssh_finds_its_key_on_a_controller_that_has_only_the_vaults_key(root: Path) -> None:
    """Someone who takes over runs the plain playbook first; the key is in the vault and nowhere else."""
    path = write(root / "stacks", three())
    private = ssh_key.new()
    vault.write(path.parent / "group_vars/all/vault.yml", {"vault_ssh_private_key": private}, b"unused")
    done = run(root, "ansible-inventory", "-i", str(path), "--host", "app2")
    assert done.returncode == 0, done.stderr
    key = root / ".shoestring/three/id_ed25519"
    assert plain(json.loads(done.stdout))["ansible_ssh_private_key_file"] == str(key)
    assert (key.read_text(), key.stat().st_mode & 0o777) == (private, 0o600)
    (root / "vault-key").write_text("another\n")
    key.unlink()
    done = run(root, "ansible-inventory", "-i", str(path), "--host", "app2")
    assert done.returncode != 0
    assert "can't be used" in " ".join(done.stderr.split())
    assert not key.exists()

"""What Ansible gets of a Footprint, down to the options that ssh understands."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra import exposure, inventory
from infra.addresses import GROUPS
from infra.problems import ExposureError, FootprintError
from tests.infra.footprints import changed, key, three, write

V6 = ["10.20.0.0/24", "fd00:20::/64"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repo whose path ssh could trip over."""
    root = tmp_path / "a repo 100%"
    (root / "stacks").mkdir(parents=True)
    shutil.copy(exposure.FILE, root / "stacks")
    return root


def read(root: Path, document: dict[str, Any]) -> inventory.Inventory:
    return inventory.read(write(root / "stacks", document), root)


LAX = """\
StrictHostKeyChecking no
UserKnownHostsFile ~/.ssh/known_hosts
GlobalKnownHostsFile /etc/ssh/ssh_known_hosts
UpdateHostKeys yes
HostKeyAlias other
ProxyJump other
"""


def options(arguments: str, root: Path) -> dict[str, str]:
    """ssh's own reading of a command line, in spite of a user's lax configuration; it connects to nobody."""
    configuration = root / "ssh_config"
    configuration.write_text(LAX)
    command = ["ssh", "-G", "-F", str(configuration), *shlex.split(arguments), "10.20.0.99"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return dict(line.split(" ", 1) for line in printed.splitlines() if " " in line)


def test_groups_are_always_there(root: Path) -> None:
    groups = read(root, three()).groups
    assert list(groups) == list(GROUPS), "an empty group too: plays name it"
    assert groups["service"] == ["app1", "app2"]
    assert groups["telemetry"] == []


def test_variables(root: Path) -> None:
    read_ = read(root, three())
    state = root / ".shoestring" / "three"
    assert read_.common["footprint"]["hosts"][2]["name"] == "data1"
    assert read_.common["footprint_directory"] == str(root / "stacks" / "three")
    assert read_.common["footprint_state"] == str(state)
    assert "ansible_ssh_private_key_file" not in read_.common, "without a key of ours, ssh takes the user's"
    app1 = read_.hosts["app1"]
    assert (app1["ansible_host"], app1["ansible_port"], app1["ansible_user"]) == ("10.20.0.11", 22, "deploy")
    assert app1["footprint_host"] == read_.common["footprint"]["hosts"][0]
    assert [rule["port"] for rule in app1["footprint_ingress"]] == [22, 443, 8443]
    assert not state.exists(), "reading writes nothing"


def test_the_environments_own_key_is_used(root: Path) -> None:
    state = root / ".shoestring" / "three"
    state.mkdir(parents=True)
    (state / "id_ed25519").touch()
    assert read(root, three()).common["ansible_ssh_private_key_file"] == str(state / "id_ed25519")


def test_known_hosts_hold_the_pinned_keys_and_nothing_else(root: Path) -> None:
    document = changed(three(), "hosts.0.ssh.host_keys", [key(11) + " root@app1", key(99)])
    read_ = read(root, document)
    inventory.pin(read_)
    file = root / ".shoestring" / "three" / "known_hosts"
    assert file.read_text() == f"app1 {key(11)}\napp1 {key(99)}\napp2 {key(12)}\ndata1 {key(21)}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.stat().st_mode & 0o777 for path in (file.parent, file.parent.parent)] == [0o700, 0o700]
    assert [path.name for path in file.parent.iterdir()] == ["known_hosts"], "no staged file is left"


def test_known_hosts_follow_the_footprint_and_are_left_alone_otherwise(root: Path) -> None:
    inventory.pin(read(root, three()))
    file = root / ".shoestring" / "three" / "known_hosts"
    before = file.stat()
    inventory.pin(read(root, three()))
    assert file.stat().st_ino == before.st_ino, "the same content is not written again"
    facts = [root / ".shoestring/facts" / name for name in ("three_s1_app1", "four_s1_app1")]
    facts[0].parent.mkdir()
    for fact in facts:
        fact.touch()
    inventory.pin(read(root, three()))
    assert [fact.exists() for fact in facts] == [True, True]
    file.chmod(0o644)
    inventory.pin(read(root, changed(three(), "hosts.0.ssh.host_keys", [key(77)])))
    assert f"app1 {key(77)}\n" in file.read_text()
    assert key(11) not in file.read_text(), "a key that was replaced is trusted no more"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [fact.exists() for fact in facts] == [False, True], "a rebuilt host has other facts"


def test_ssh_trusts_the_pinned_key_alone(root: Path) -> None:
    understood = options(read(root, three()).hosts["app1"]["ansible_ssh_common_args"], root)
    assert understood["stricthostkeychecking"] in ("true", "yes")
    assert understood["hostkeyalias"] == "app1"
    assert understood["globalknownhostsfile"] == "/dev/null"
    assert understood["updatehostkeys"] in ("false", "no")
    assert understood.get("proxycommand", "none") == "none"
    assert "proxyjump" not in understood
    pinned = str(root / ".shoestring" / "three" / "known_hosts")
    assert understood["userknownhostsfile"].replace("%%", "%").strip('"') == pinned


def unwrapped(command: str) -> list[str]:
    """What a ProxyCommand runs, after ssh has put % for %%."""
    return shlex.split(command.replace("%%", "%"))


def test_a_jump_checks_the_keys_of_every_host_on_the_way(root: Path) -> None:
    document = changed(three(), "hosts.1.ssh.via", {"jump": {"host": "app1"}})
    document = changed(document, "hosts.2.ssh.via", {"jump": {"host": "app2"}})
    (root / ".shoestring" / "three").mkdir(parents=True)
    (root / ".shoestring" / "three" / "id_ed25519").touch()
    outer = options(read(root, document).hosts["data1"]["ansible_ssh_common_args"], root)
    ssh, *first = unwrapped(outer["proxycommand"])
    assert (ssh, first[-1]) == ("ssh", "10.20.0.12")
    assert first[first.index("-W") + 1] == "10.20.0.21:22"
    assert first[first.index("-l") + 1] == "deploy"
    assert str(root / ".shoestring" / "three" / "id_ed25519") in first
    inner = options(shlex.join(first[:-1]), root)
    assert (inner["hostkeyalias"], inner["globalknownhostsfile"]) == ("app2", "/dev/null")
    assert inner["stricthostkeychecking"] in ("true", "yes")
    _, *second = unwrapped(inner["proxycommand"])
    assert second[-1] == "10.20.0.11"
    assert second[second.index("-W") + 1] == "10.20.0.12:22"
    innermost = options(shlex.join(second[:-1]), root)
    assert innermost["hostkeyalias"] == "app1"
    pinned = str(root / ".shoestring" / "three" / "known_hosts")
    assert innermost["userknownhostsfile"].replace("%%", "%").strip('"') == pinned, "quoting holds three deep"


def test_a_jump_to_v6_puts_brackets_round_the_address(root: Path) -> None:
    document = changed(three(), "network.private_cidrs", V6)
    document = changed(document, "hosts.1.address", "fd00:20::12")
    document = changed(document, "hosts.1.ssh.via", {"jump": {"host": "app1"}})
    way = options(read(root, document).hosts["app2"]["ansible_ssh_common_args"], root)["proxycommand"]
    assert "-W '[fd00:20::12]:22'" in way


TUNNELS = {
    "aws ec2-instance-connect open-tunnel --instance-id i-0123456789abcdef0 --remote-port 22 --region eu-central-1": {
        "kind": "aws-instance-connect",
        "target": "i-0123456789abcdef0",
        "region": "eu-central-1",
    },
    "gcloud compute start-iap-tunnel app1 22 --listen-on-stdin --project acme-ml --zone europe-west3-a "
    "--verbosity=warning": {
        "kind": "gcp-iap",
        "target": "app1",
        "project": "acme-ml",
        "zone": "europe-west3-a",
    },
}


@pytest.mark.parametrize(("command", "tunnel"), TUNNELS.items())
def test_a_tunnel_is_its_clouds_own_command(command: str, tunnel: dict[str, str], root: Path) -> None:
    read_ = read(root, changed(three(), "hosts.0.ssh.via", {"tunnel": tunnel}))
    assert options(read_.hosts["app1"]["ansible_ssh_common_args"], root)["proxycommand"] == command


def test_a_bad_table_and_a_shut_door_are_refused(root: Path) -> None:
    with pytest.raises(FootprintError, match="does not open to the controller"):
        read(root, changed(three(), "hosts.1.ssh.port", 2222))
    (root / "stacks" / "exposure.yml").write_text("[]")
    with pytest.raises(ExposureError):
        read(root, three())


def test_a_connection_that_other_pins_let_in_is_not_used_again(root: Path) -> None:
    """ssh keeps connections open for a minute, and asks for no host key on one that stands."""
    before = read(root, three()).hosts["app1"]["ansible_control_path"]
    assert re.fullmatch(r"%\(directory\)s/[0-9a-f]{10}", before), "short: a socket's path has room for 107 characters"
    assert read(root, three()).hosts["app1"]["ansible_control_path"] == before
    for at, value in {
        "hosts.0.ssh.host_keys": [key(99)],
        "hosts.0.ssh.user": "ops",
        "hosts.0.ssh.address": "10.20.0.99",
    }.items():
        assert read(root, changed(three(), at, value)).hosts["app1"]["ansible_control_path"] != before, at
    assert read(root, three()).hosts["app2"]["ansible_control_path"] != before

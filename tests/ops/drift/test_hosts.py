"""What a host told is drift unless the Footprint, the settings or a role asked for it; each says what mends it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra import unpacked
from infra.footprint import Footprint
from ops import ssh_key
from ops.drift import accepted, hosts
from ops.drift.finding import Finding, Report
from ops.environment import ROOT, Environment
from tests.infra import footprints

ADA: dict[str, Any] = {"host_admins": [{"name": "ada", "keys": ["ssh-ed25519 AAAA"]}], "host_packages_extra": ["htop"]}


@pytest.fixture
def three(tmp_path: Path) -> tuple[Environment, Footprint]:
    path = footprints.write(tmp_path, footprints.three())
    (path.parent / "group_vars/all").mkdir(parents=True)
    (path.parent / "group_vars/all/main.yml").write_text(yaml.safe_dump(ADA))
    environment = Environment(path.parent.name, path.parent, ROOT / ".shoestring" / "none")
    return environment, Footprint.load(path)


def judged(three: tuple[Environment, Footprint], *differences: list[Any], **more: list[str]) -> list[str]:
    answer = {"recorded": "2026", "differences": differences, "failed": [], "stopped": []} | more
    return [one.key for one in hosts.judge(*three, "data1", answer)]


def test_what_is_asked_for_is_none(three: tuple[Environment, Footprint]) -> None:
    asked = ["package postgresql", "package htop", "user postgres", "user ada", "port tcp/5432", "port tcp/7070"]
    assert judged(three, *([*key.split(" ", 1), None, "there"] for key in asked)) == []


def test_a_key_that_is_in_the_settings_or_the_vault_is_none(
    three: tuple[Environment, Footprint], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are put on the host after its record was made; a rotation brings one, and the old one's end is no drift."""
    _, footprint = three
    own, admin = unpacked.public_key(ssh_key.new()), ADA["host_admins"][0]["keys"][0]
    monkeypatch.setattr(hosts, "own_keys", lambda _: [own])
    login = footprint.hosts[0].ssh.user
    lines = [("ada", f"{admin} ada@laptop"), (login, f"{own} three"), (login, f"{admin} elsewhere")]
    names = [f"{user} {hashlib.sha256(' '.join(line.split()[:2]).encode()).hexdigest()[:16]}" for user, line in lines]
    assert judged(three, *(["key", name, None, "there"] for name in names)) == [f"key {names[-1]}"]


@pytest.mark.parametrize(
    ("kind", "name", "fix"),
    [
        ("package", "netcat-openbsd", "apt-get purge netcat-openbsd"),
        ("user", "eve", "userdel --remove eve"),
        ("group", "sudo eve", "gpasswd --delete eve sudo"),
        ("key", "root 0123", "~root/.ssh/authorized_keys"),
        ("port", "tcp/443", "sport = :443"),  # of the proxy's group, and this host is not in it
        ("setuid", "/usr/local/bin/x", "chmod u-s,g-s /usr/local/bin/x"),
        ("firewall", "ip nat", "nft delete table ip nat"),
        ("cron", "/etc/cron.d/x", "rm /etc/cron.d/x"),
    ],
)
def test_what_nobody_asked_for_is_named_with_its_fix(
    three: tuple[Environment, Footprint], kind: str, name: str, fix: str
) -> None:
    answer = {"differences": [[kind, name, None, "there"]], "failed": [], "stopped": []}
    (found,) = hosts.judge(*three, "data1", answer)
    assert found.key == f"{kind} {name}"
    assert "nobody asked for it" in found.what
    assert fix in found.fix


def test_what_is_down_is_named(three: tuple[Environment, Footprint]) -> None:
    assert judged(three, failed=["a.service"], stopped=["b.timer"]) == ["failed a.service", "stopped b.timer"]


def test_what_is_accepted_is_left_out_and_what_is_not_there_any_more_is_told(
    three: tuple[Environment, Footprint],
) -> None:
    environment, _ = three
    entries = [
        {"kind": "file", "name": "/etc/agent/*", "reason": "the monitoring of the house"},
        {"kind": "package", "name": "agent", "reason": "the same"},
    ]
    (environment.directory / "group_vars/all/main.yml").write_text(yaml.safe_dump({accepted.VARIABLE: entries}))
    found = [Finding("app1", "file", name, "", "") for name in ("/etc/agent/a", "/etc/other", "/etc/other")]
    left, unused = accepted.without(environment, found)
    assert [one.name for one in left] == ["/etc/other"], "once, however often it was found"
    assert unused == ["package agent"]


def test_what_could_not_be_looked_at_is_no_clean_bill() -> None:
    """A nightly job has to tell 'nothing' from 'nobody looked'."""
    one = Finding("app1", "file", "/etc/x", "", "")
    assert Report("a", "now").result == "clean"
    assert Report("a", "now", [one]).result == "drift"
    assert Report("a", "now", [one], ["app2 could not be asked"]).result == "error"

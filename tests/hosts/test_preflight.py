"""Hosts that can't be worked on, or that the roles were not made for: named, with what to do, and left unchanged."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.environment import ROOT
from tests.hosts.site import Site, recap
from tests.infra.footprints import key

SECONDS = 60  # of the step, until every such host is named
UBUNTU = 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04 LTS"\n'
Change = Callable[[dict[str, dict[str, Any]]], None]


def altered(site: Site, directory: Path, change: Change, settings: dict[str, str] | None = None) -> Site:
    """The same environment and hosts by another Footprint; `change` gets the hosts by name, `settings` host_vars."""
    copy = directory / site.directory.name
    shutil.copytree(site.directory / "group_vars", copy / "group_vars")
    document = yaml.safe_load(site.environment.footprint.read_text())
    change({host["name"]: host for host in document["hosts"]})
    (copy / "footprint.yml").write_text(yaml.safe_dump(document, sort_keys=False))
    for host, text in (settings or {}).items():
        (copy / "host_vars").mkdir(exist_ok=True)
        (copy / f"host_vars/{host}.yml").write_text(text)
    return Site(copy)


def do(site: Site, host: str, *commands: str) -> None:
    for command in commands:
        done = site.ssh(host, command)
        assert done.returncode == 0, done.stderr


@contextmanager
def another_system(site: Site, host: str) -> Iterator[None]:
    """/etc/os-release as of Ubuntu, which is a link to what the package base-files holds."""
    do(site, host, "rm /etc/os-release", f"cat >/etc/os-release <<END\n{UBUNTU}END")
    try:
        yield
    finally:
        do(site, host, "ln -sf ../usr/lib/os-release /etc/os-release")


@contextmanager
def user_without_sudo(site: Site, host: str) -> Iterator[str]:
    """A login with the environment's key, which sshd lets in for now."""
    name = "nosudo"
    keys = "install -D -o nosudo -m 0600 /home/deploy/.ssh/authorized_keys /home/nosudo/.ssh/authorized_keys"
    sshd = "/etc/ssh/sshd_config.d/20-preflight-test.conf"
    do(site, host, f"useradd --create-home {name}", keys, f"chown -R {name} /home/{name}")
    do(site, host, f"echo AllowUsers {name} >{sshd}", "systemctl reload ssh")
    try:
        yield name
    finally:
        do(site, host, f"rm {sshd}", "systemctl reload ssh", f"userdel --remove --force {name}")


@contextmanager
def no_python(site: Site, host: str) -> Iterator[None]:
    """/usr/bin/python3 under another name."""
    do(site, host, "mv /usr/bin/python3 /usr/bin/python3.away")
    try:
        yield
    finally:
        do(site, host, "mv /usr/bin/python3.away /usr/bin/python3")


def nobody(address: str) -> str:
    """An address on the same network where nobody is."""
    return f"{address.rpartition('.')[0]}.251"


def test_a_wrong_key_and_a_dead_host_are_named_and_the_others_go_on(site: Site, tmp_path: Path) -> None:
    def change(hosts: dict[str, dict[str, Any]]) -> None:
        hosts["app2"]["ssh"]["host_keys"] = [key(77)]
        hosts["data1"]["ssh"]["address"] = nobody(hosts["data1"]["address"])

    ask = ["app2", "-i", str(site.environment.footprint), "-m", "ansible.builtin.raw", "-a", "true"]
    program = Path(sys.executable).with_name("ansible")
    open_connection = subprocess.run([program, *ask], cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert open_connection.returncode == 0, "it stays open for a minute, made by the right key"
    other = altered(site, tmp_path, change)
    done = other.verb("up")
    assert done.returncode == 1
    for host in ("app2", "data1"):
        (seconds,) = re.findall(rf"^!!  Configure  ([0-9.]+) s  {host}: ", done.stdout, re.MULTILINE)
        assert float(seconds) < SECONDS, "said at once, however long the others take"
    told = " ".join(done.stdout.split())
    assert re.search(r"app2: [^:]+(?: : [^:]+)? It showed the host key SHA256:\S+, and the Footprint has another", told)
    assert "It was not logged in to." in told
    assert f"It does not answer at {nobody(site.hosts()['data1'])} port 22: No route to host." in told
    assert told.count("Nothing was changed on it.") == 2
    assert "app1 went on as far as they could" in told
    assert done.stdout.count("  fix: ") == 1


def test_what_preflight_refuses_is_not_changed(site: Site, tmp_path: Path) -> None:
    """The whole of site.yml, with nothing left out: each host is refused before its first change."""
    settings = {"app1": "host_memory_min_mb: 1000000\n", "data1": "host_disk_min_mb: 10000000\n"}
    with another_system(site, "app1"), user_without_sudo(site, "app2") as name:
        other = altered(site, tmp_path, lambda hosts: hosts["app2"]["ssh"].update(user=name), settings)
        done = other.playbook("site")
    assert done.returncode != 0
    told = " ".join(done.stdout.split())
    assert "app1 runs Ubuntu 24.04 LTS, but these roles are made for Debian 13. Install Debian 13 on it" in told
    assert "MB of memory, and host_memory_min_mb asks for 1000000." in told
    for place in ("/", "/var/lib/postgresql", "/srv/bucket"):
        assert f"MB free for {place}, and host_disk_min_mb asks for 10000000." in told
    assert "Missing sudo password" in told
    counts = recap(done.stdout)
    assert {name: (one.changed, one.failed) for name, one in counts.items()} == dict.fromkeys(site.hosts(), (0, 1))


@pytest.mark.full
def test_the_verb_says_what_to_do_on_each_host(site: Site, tmp_path: Path) -> None:
    with user_without_sudo(site, "app1") as name, no_python(site, "app2"), another_system(site, "data1"):
        other = altered(site, tmp_path, lambda hosts: hosts["app1"]["ssh"].update(user=name))
        done = other.verb("up")
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    for words in (
        "It refused sudo to the user that Ansible logs in as.",
        "It has no Python at /usr/bin/python3, which Ansible needs.",
        "apt-get install --yes python3",
        "data1 runs Ubuntu 24.04 LTS",
        "The hosts named above stopped there.",
    ):
        assert words in told, done.stdout
    assert site.playbook("site", "--tags", "host_preflight").returncode == 0, "the hosts are as they were"

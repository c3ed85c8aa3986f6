"""Another person on another machine takes over with the repository and the vault key alone: no key file, no agent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra import unpacked
from ops import ssh_key, vault
from ops.environment import ROOT, cache_directory
from ops.errors import OperationError
from tests.hosts.people import Person
from tests.hosts.site import Site, recap


@dataclass
class Controller:
    """A checkout of the repository, and a home that holds the vault key and nothing else."""

    root: Path
    home: Path
    name: str

    def run(self, *argv: str | Path) -> subprocess.CompletedProcess[str]:
        """A command in the checkout, with its own `infra` and `ops`."""
        # Nothing of ours: no agent, no settings. What is expensive to make is shared, as on a build server.
        environment = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(cache_directory().parent),
            "PYTHONPATH": str(self.root),
            "ANSIBLE_NOCOLOR": "1",
            "LANG": "C.UTF-8",
        }
        return subprocess.run(
            argv, cwd=self.root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=900, check=False,
        )  # fmt: skip

    def verb(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "ops.cli", name, "--env", self.name, *options)

    def playbook(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        footprint = f"stacks/{self.name}/footprint.yml"
        return self.run("ansible-playbook", "-i", footprint, f"ansible/{name}.yml", *options)


def take_over(site: Site, directory: Path) -> Controller:
    """What a team has in git of servers that it owns, checked out elsewhere; and the vault key, handed over."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    root, home = directory / "repo", directory / "home"
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    # The rehearsal's own file stays behind: to the new controller these are servers that somebody owns.
    ignored = shutil.ignore_patterns("rehearsal.yml")
    shutil.copytree(site.directory, root / "stacks" / site.environment.name, ignore=ignored)
    key = home / ".config" / "shoestring" / "vault-key"
    key.parent.mkdir(parents=True)
    key.write_bytes(vault.key())
    key.chmod(0o600)
    return Controller(root, home, site.environment.name)


@pytest.fixture
def second(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Controller:
    # ssh's control socket lies in that home, and the path of a socket has 107 characters at most.
    return take_over(site, tmp_path_factory.mktemp("second"))


def test_the_plain_playbook_works_first_thing_and_finds_nothing_to_change(site: Site, second: Controller) -> None:
    done = second.playbook("site", "--tags", "host")
    assert done.returncode == 0, done.stdout
    assert {name: host.changed for name, host in recap(done.stdout).items()} == dict.fromkeys(site.hosts(), 0)
    key = second.root / ".shoestring" / second.name / unpacked.SSH_KEY
    assert key.read_text() == (site.environment.state / unpacked.SSH_KEY).read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    assert json.loads(second.verb("status", "--format", "json").stdout)["result"] == "ok"


def test_without_the_vault_key_it_gets_nowhere_and_says_why(second: Controller) -> None:
    """Else the test above would prove that there is another way in."""
    (second.home / ".config/shoestring/vault-key").unlink()
    for done in (second.playbook("site", "--tags", "host"), second.verb("status")):
        assert done.returncode != 0
        assert "There is no vault key at" in done.stdout
        assert "fix: " in done.stdout


@pytest.mark.full
def test_every_verb_works_from_there_and_the_first_controller_goes_on(site: Site, second: Controller) -> None:
    """Asked of a checkout in which no verb ever ran: it has built no release and holds no state."""
    before = site.status()
    found = json.loads(second.verb("status", "--format", "json").stdout)
    assert {key: found[key] for key in ("result", "release", "model", "url")} == {
        key: before[key] for key in ("result", "release", "model", "url")
    }
    verified = second.verb("verify")
    assert verified.returncode == 0, verified.stdout
    done = second.playbook("site")
    assert done.returncode == 0, done.stdout
    assert {name: host.changed for name, host in recap(done.stdout).items()} == dict.fromkeys(site.hosts(), 0)
    deployed = second.verb("deploy")
    assert deployed.returncode == 0, deployed.stdout
    assert site.status()["release"] == before["release"], "the same sources make the same release anywhere"
    site.must("deploy")


@pytest.mark.full
def test_a_lost_controller_is_shut_out_by_a_new_ssh_key_and_a_new_vault_key(site: Site, tmp_path: Path) -> None:
    """The commands of docs/people.md, "A lost laptop"; there is always a key that lets the team in."""
    environment = site.environment
    before = vault.read(environment.vault, vault.key())
    variables, lost = tmp_path / "variables.json", tmp_path / "lost"
    lost.write_text(before[unpacked.VARIABLE])
    lost.chmod(0o600)
    new = ssh_key.new()

    def run(*options: str) -> None:
        done = site.playbook("site", "--limit", "app2", "--tags", "host", *options)
        assert done.returncode == 0, done.stdout

    def change(to: str) -> None:
        variables.write_text(json.dumps({"host_ssh_keys_extra": [unpacked.public_key(to)]}))
        run("--extra-vars", f"@{variables}")
        vault.write(environment.vault, before | {unpacked.VARIABLE: to}, vault.key())
        run()

    try:
        change(new)
        assert Person("deploy", lost, site, "app2").run("true").returncode != 0, "the lost key still opens the host"
        assert Person("deploy", environment.state / unpacked.SSH_KEY, site, "app2").run("true").returncode == 0
        assert (environment.state / unpacked.SSH_KEY).read_text() == new
        copy, key = tmp_path / "vault.yml", tmp_path / "new-vault-key"
        shutil.copy(environment.vault, copy)
        key.write_text("another\n")
        rekey = ["ansible-vault", "rekey", "--new-vault-password-file", str(key), str(copy)]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        subprocess.run(rekey, cwd=ROOT, env={**os.environ, "PATH": path}, check=True, timeout=60)
        assert vault.read(copy, b"another")[unpacked.VARIABLE] == new
        with pytest.raises(OperationError, match="does not open"):
            vault.read(copy, vault.key())
    finally:
        change(before[unpacked.VARIABLE])

"""People as they come in: each with a key of their own, by ssh with the pinned host keys and nothing of the user's."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from infra import inventory
from ops import ssh_key
from tests.hosts.site import Recap, Site, recap


@dataclass
class Person:
    """Someone at a machine with `key`, a private key made for the test. `host` is where they log in."""

    name: str
    key: Path
    site: Site
    host: str

    @classmethod
    def new(cls, name: str, directory: Path, site: Site, host: str) -> Person:
        key = directory / f"{name}-{len(list(directory.iterdir()))}"
        key.write_text(ssh_key.new())
        key.chmod(0o600)
        return cls(name, key, site, host)

    @property
    def public(self) -> str:
        """The line that goes into host_admins."""
        argv = ["ssh-keygen", "-y", "-f", str(self.key)]
        return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip() + f" {self.name}@laptop"

    @property
    def argv(self) -> list[str]:
        """ssh's command line up to the options; a command goes behind it."""
        variables = inventory.read(self.site.environment.footprint).hosts[self.host]
        options = shlex.split(variables["ansible_ssh_common_args"])
        own = ["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-i", str(self.key)]
        return ["ssh", "-F", "none", *own, *options, "-l", self.name, variables["ansible_host"]]

    def run(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """A shell command on the host, as that person."""
        argv = [*self.argv[:1], *options, *self.argv[1:], command]
        return subprocess.run(argv, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False)


@dataclass
class Admins:
    """The role's answer to a list of administrators, on one host of the site."""

    site: Site
    host: str
    directory: Path
    extra: dict[str, object] = field(default_factory=dict)

    def become(self, *listed: Person, options: tuple[str, ...] = ()) -> tuple[Recap, str]:
        """Runs the role with these people in host_admins: what changed, and what it printed."""
        done = self.run(*listed, options=options)
        assert done.returncode == 0, done.stdout
        return recap(done.stdout)[self.host], done.stdout

    def run(self, *listed: Person, options: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        file = self.directory / "people.json"
        admins = [{"name": one.name, "keys": [one.public]} for one in listed]
        file.write_text(json.dumps({"host_admins": admins, **self.extra}))
        only = ("--limit", self.host, "--tags", "host", "--extra-vars", f"@{file}")
        return self.site.playbook("site", *only, *options)

    def forget(self, *names: str) -> None:
        """Leaves the host as if these people had never been there, for the tests that share it."""
        for name in names:
            gone = f"pkill -KILL -u {name}; sleep 0.2; userdel --remove {name}"
            self.site.ssh(self.host, f"if id {name}; then {gone}; fi")
        self.site.ssh(self.host, "rm -rf /var/lib/shoestring/people")
        done = self.site.playbook("site", "--limit", self.host, "--tags", "host")
        assert done.returncode == 0, done.stdout

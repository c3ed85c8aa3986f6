"""The hosts of a test's site under another Footprint: same name, vault and state, files of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ops.environment import ROOT
from tests.hosts.site import Site, recap

DOOR = ("--limit", "app1", "--tags", "nginx,proxy")  # what the certificate's kind is about, on the proxy alone


@dataclass
class Variant(Site):
    """`directory` is beside the site's own, so nothing of that is written to."""

    def write(self, site: Site, public: dict[str, Any], **files: str) -> None:
        """The site's Footprint with another `public`; `files` go below public/, keyed by their names without .pem."""
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "footprint.yml").write_text(yaml.safe_dump({**site.footprint(), "public": public}))
        if not (self.directory / "group_vars").exists():
            (self.directory / "group_vars").symlink_to(site.directory / "group_vars")
        (self.directory / "public").mkdir(exist_ok=True)
        for name, content in files.items():
            (self.directory / "public" / f"{name}.pem").write_text(content)

    def configure(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Has the proxy made as the Footprint says."""
        return self.playbook("site", *DOOR, *options)

    def changes(self, *options: str) -> int:
        """How many tasks changed something on the proxy, of a run that has to succeed."""
        done = self.configure(*options)
        assert done.returncode == 0, done.stdout
        return recap(done.stdout)["app1"].changed

    def resolving(self, verb: str, names: dict[str, str], **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a verb for which these names lead to these addresses, by an /etc/hosts that it alone sees."""
        hosts = self.directory.parent / "hosts"
        hosts.write_text("127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in names.items()))
        script = 'mount --bind "$0" /etc/hosts && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", script, str(hosts), sys.executable, "-m", "ops.cli", verb]
        return subprocess.run(
            ["env", f"ENV={self.directory}", *(f"{key}={value}" for key, value in variables.items()), *command],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False,
        )  # fmt: skip


def beside(site: Site, directory: Path) -> Variant:
    """A variant of `site` below `directory`; an environment's directory is called like it."""
    return Variant(directory / site.directory.name)

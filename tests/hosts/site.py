"""An environment of real hosts for the tests: the same verbs and files as a user's, in a range of its own."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import inventory
from ops import probe
from ops.environment import ROOT, Environment

SHARED = ("test-three", "test-three-more")  # whose hosts most tests use: a group of tests, and so a worker, has one
# Names of all environments that these tests make.
ENVIRONMENTS = (
    *SHARED,
    "test-one",
    "test-volume",
    "test-killed",
    "test-replace",
    "test-refused",
    "test-rds",
    "test-twin",
)
CLOUDS = {  # a stack in a cloud that is rehearsed -> the shipped one that it is made from, and its network
    "test-dev": ("aws-dev", "10.21.0.0/16"),
    "test-prod": ("aws-prod", "10.23.0.0/16"),
    "test-gdev": ("gcp-dev", "10.25.0.0/16"),
    "test-gprod": ("gcp-prod", "10.26.0.0/16"),
    "test-move": ("aws-dev", "10.27.0.0/16"),
}
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Recap:
    """What a run did on one host, in tasks."""

    ok: int
    changed: int
    unreachable: int
    failed: int


@dataclass
class Site:
    """An environment in `directory`, whose base name is its name."""

    directory: Path

    @property
    def environment(self) -> Environment:
        return Environment.resolve(str(self.directory))

    @property
    def surroundings(self) -> dict[str, str]:
        """What ssh needs in its environment to come to the hosts."""
        return dict(os.environ)

    def verb(self, name: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a verb as make does. The result's output holds stdout and stderr."""
        return _run([sys.executable, "-m", "ops.cli", name, *words], {"ENV": str(self.directory), **variables})

    def must(self, name: str) -> str:
        """A verb that has to succeed; its output."""
        done = self.verb(name)
        assert done.returncode == 0, f"{name} failed:\n{done.stdout}"
        return done.stdout

    def status(self) -> dict[str, Any]:
        done = self.verb("status", FORMAT="json")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def playbook(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Plain ansible-playbook from the repository's root, as a user without our verbs would run it."""
        argv = ["ansible-playbook", "-i", str(self.environment.footprint), f"ansible/{name}.yml", *options]
        return _run(argv, {"ANSIBLE_NOCOLOR": "1"})

    def ssh(self, host: str, command: str, standard_input: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a shell command on a host as root, over the pinned connection."""
        read = inventory.read(self.environment.footprint)
        inventory.pin(read)
        argv = probe.command(read.common, read.hosts[host])[:-1]
        return subprocess.run(
            [*argv, "sudo", "sh", "-c", f"'{command}'"] if "'" not in command else [*argv, "sudo", "sh", "-s"],
            input=standard_input if "'" not in command else command,
            env=self.surroundings,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """A request to the public door with TLS verified: (status, headers, body). `key=""` sends no key."""
        state = self.environment.state
        key = headers.pop("key", (state / "api-key").read_text().strip())
        url = f"https://{self.footprint()['public']['names'][0]}{path}"
        request = urllib.request.Request(url, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
        if key:
            request.add_header("Authorization", f"Bearer {key}")
        context = ssl.create_default_context(cafile=str(state / "ca.pem"))
        try:
            with urllib.request.urlopen(request, context=context, timeout=60) as answer:  # noqa: S310
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def predict(self, instances: list[Any]) -> tuple[int, Any]:
        """(status, parsed JSON) of a prediction."""
        status, _, body = self.ask(
            "/v1/predictions", json.dumps({"instances": instances}).encode(), Content_Type="application/json"
        )
        return status, json.loads(body)

    def footprint(self) -> dict[str, Any]:
        plain: dict[str, Any] = inventory.read(self.environment.footprint).common["footprint"]
        return plain

    def hosts(self) -> dict[str, str]:
        """Host name -> address."""
        return {host["name"]: host["address"] for host in self.footprint()["hosts"]}

    def sql(self, statement: str) -> str:
        """What psql prints for a statement in the service's database, asked as the superuser on its host."""
        host = next(one["name"] for one in self.footprint()["hosts"] if "database" in one["groups"])
        done = self.ssh(host, f'cd /; runuser -u postgres -- psql -AtXq -d service -c "{statement}"')
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


def recap(output: str) -> dict[str, Recap]:
    """Host name -> what ansible-playbook's last lines say of it."""
    return {found[0]: Recap(*map(int, found[1:])) for found in RECAP.findall(output.rpartition("PLAY RECAP")[2])}


def _run(argv: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(
        argv,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=900,
        check=False,
    )

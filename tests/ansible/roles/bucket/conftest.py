"""The role's templates, rendered by Ansible's Templar, and a real gateway started as its unit says."""

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ops.environment import cache_directory
from ops.gateway import gateway_binary

ROLE = Path(__file__).resolve().parents[4] / "ansible/roles/bucket"
SCRIPTS = ROLE / "templates/usr/local/lib/shoestring/bucket"
UNIT = "etc/systemd/system/versitygw.service"
CREDENTIALS = "etc/shoestring/credentials/bucket"


def keys(name: str) -> dict[str, str]:
    """Keys that a test would recognise anywhere."""
    return {"access": f"{name}-0123abcd", "secret": f"secret-of-{name}"}


VARIABLES = {
    "ansible_managed": "Ansible managed",
    "bucket_gateway_sha256": "0" * 64,
    "certificates_fingerprint": "aa:bb",
    "footprint_host": {"address": "127.0.0.1"},
    "footprint_ports": {"bucket": 7070},
    **{f"vault_bucket_{name}": keys(name) for name in ("root", "deployer", "service", "backup")},
}


def render(target: str, **variables: Any) -> str:
    """The text of a template by its target path, from the role's defaults and `variables`."""
    loader = DataLoader()
    defaults = loader.load_from_file(str(ROLE / "defaults/main.yml"), trusted_as_template=True)
    templar = Templar(loader=loader, variables={**defaults, **VARIABLES, **variables})
    text = (ROLE / "templates" / f"{target}.j2").read_text()
    return str(templar.template(trust_as_template(text), overrides={"trim_blocks": True}))


@dataclass
class Gateway:
    """A gateway of the test's own on the loopback: directory `root` stands for the host's /."""

    root: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self, **variables: Any) -> None:
        """Write the configuration anew and start (or restart) the daemon with what the unit tells it."""
        self.stop()
        variables = {"bucket_port": self.port, "bucket_directory": str(self.root / "srv"), **variables}
        for name in ("root.env", "users.json"):
            (self.root / CREDENTIALS / name).write_text(render(f"{CREDENTIALS}/{name}", **variables))
        (self.root / "etc/shoestring/bucket.json").write_text(render("etc/shoestring/bucket.json", **variables))
        unit = render(UNIT, **variables).replace("%d", str(self.root / CREDENTIALS))
        unit = unit.replace("=/etc/", f"={self.root}/etc/").replace("=/run/", f"={self.root}/run/")
        environment = dict(os.environ)
        lines = [line.split("=", 1) for line in unit.splitlines() if "=" in line]
        for value in [value for key, value in lines if key == "Environment"]:
            environment |= dict(pair.split("=", 1) for pair in shlex.split(value))
        for line in (self.root / CREDENTIALS / "root.env").read_text().splitlines()[1:]:
            environment |= dict([line.split("=", 1)])
        values = dict(lines)
        subprocess.run(shlex.split(values["ExecStartPre"]), check=True)
        command = [str(gateway_binary(cache_directory())), *shlex.split(values["ExecStart"])[1:]]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while socket.socket().connect_ex(("127.0.0.1", self.port)):
            assert self.process.poll() is None, "the gateway refused the role's settings"
            assert time.monotonic() < end, "the gateway does not listen"
            time.sleep(0.05)

    def stop(self) -> None:
        """End the daemon, if there is one."""
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=60)


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The host's scripts as modules: s3, provision, check."""
    monkeypatch.syspath_prepend(str(SCRIPTS))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # what lies in templates/ goes to the hosts
    names = ("s3", "provision", "check")
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    return {name: __import__(name) for name in names}


@pytest.fixture
def gateway(tmp_path: Path, scripts: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """A running gateway over empty directories, which the scripts take for their host's."""
    tls = tmp_path / "etc/shoestring/tls"
    for directory in (tls, tmp_path / CREDENTIALS, tmp_path / "run/versitygw"):
        directory.mkdir(parents=True)
    leaf(tls, scripts["s3"].NAME)
    for module in (scripts["s3"], scripts["check"]):
        monkeypatch.setattr(module, "AUTHORITY", str(tls / "ca.pem"), raising=False)
    monkeypatch.setattr(scripts["s3"], "SOCKET", str(tmp_path / "run/versitygw/admin.sock"))
    monkeypatch.setattr(scripts["s3"], "SETTINGS", tmp_path / "etc/shoestring/bucket.json")
    monkeypatch.setattr(scripts["s3"], "CREDENTIALS", tmp_path / CREDENTIALS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Gateway(tmp_path, port)
    running.start()
    yield running
    running.stop()


def leaf(directory: Path, name: str) -> None:
    """Write ca.pem, host.pem and host.key for `name` into the directory."""
    subject = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    authority = [*subject, "-subj", "/CN=test CA", "-keyout", "ca.key", "-out", "ca.pem"]
    host = [*subject, "-subj", "/CN=host", "-addext", f"subjectAltName=DNS:{name}", "-CA", "ca.pem"]
    host += ["-addext", "basicConstraints=critical,CA:FALSE", "-CAkey", "ca.key"]
    for arguments in (authority, [*host, "-keyout", "host.key", "-out", "host.pem"]):
        command = ["openssl", "req", "-x509", *arguments]
        subprocess.run(command, cwd=directory, check=True, capture_output=True)


def settings_of(gateway: Gateway) -> dict[str, Any]:
    """What the host's scripts are told to make."""
    wanted: dict[str, Any] = json.loads((gateway.root / "etc/shoestring/bucket.json").read_text())
    return wanted

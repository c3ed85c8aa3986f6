"""Hosts on this machine: made by rehearsal/, then described in a Footprint like servers that you own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from ops import files, processes
from ops.environment import ROOT, Environment
from ops.errors import OperationError

_TIME = re.compile(r"^\s*[0-9.]+ s  ")  # rehearsal.hosts writes the time before each line; so do we

# What a person who works by make types for what rehearsal.hosts says to do.
AS_A_VERB = ("destroy --environment ", "make down ENV=")

HEADER = """\
# Written by `make up` from {source}: the hosts that it made on this machine. Change that file, not this.
"""


def create(environment: Environment, file: Path, public_key: Path, progress: Callable[[str], None]) -> dict[str, Any]:
    """Makes the hosts that `file`, a rehearsal.yml, lists, or finds them there. Returns what rehearsal.hosts prints."""
    made: dict[str, Any] = _hosts(
        ["create", file, "--environment", environment.name, "--authorized-key", public_key],
        progress,
    )
    return made


def destroy(environment: Environment, progress: Callable[[str], None]) -> None:
    """Takes the hosts away, with their bridge, routes and rules. Nothing happens if there are none."""
    _hosts(["destroy", "--environment", environment.name], progress)


def privilege() -> list[str]:
    """What has to stand before a command that needs root."""
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def authorize() -> None:
    """Asks for sudo's password now, at the terminal, if it is needed. Raises OperationError if refused."""
    if os.geteuid() == 0:
        return
    allowed = shutil.which("sudo") is not None and subprocess.run(["sudo", "-v"], check=False).returncode == 0
    if not allowed:
        raise OperationError(
            "You are not root, and sudo is not to be had.",
            "Hosts on this machine (systemd-nspawn, a bridge, nftables) can't be made or removed.",
            "Run as root or as a user with sudo; or use servers you own: make up ENV=onprem",
        )


def _hosts(arguments: Sequence[str | Path], progress: Callable[[str], None]) -> Any:
    # -B: root would leave byte code in a clone that belongs to somebody else
    command = [*privilege(), sys.executable, "-B", "-m", "rehearsal.hosts", *arguments]
    done = processes.run(command, cwd=ROOT, on_line=lambda line: progress(_TIME.sub("", line)))
    if done.code != 0:
        raise _failed(str(arguments[0]), done)
    return json.loads(done.stdout) if done.stdout.strip() else {}


def _failed(verb: str, done: processes.Result) -> OperationError:
    """What rehearsal.hosts said: cause, so, do; progress stands before it on the same stream."""
    said = done.stderr.rpartition("error: ")[2].strip()
    cause, _, rest = said.partition("\n  so: ")
    consequence, _, fix = rest.partition("\n  do: ")
    fix = fix.replace(*AS_A_VERB)
    return OperationError(
        cause or f"`rehearsal.hosts {verb}` ended with code {done.code} and said nothing.",
        consequence or "The environment's hosts are not as they should be.",
        fix or "Run the same command again: what a broken run left is reclaimed by the next one.",
    )


def write_footprint(environment: Environment, made: dict[str, Any]) -> bool:
    """Writes footprint.yml from what `create` returned, if it differs. True if it did."""
    said = yaml.safe_load(environment.rehearsal.read_text()) or {}
    content = footprint(environment, made, said.get("public"))
    header = HEADER.format(source=environment.rehearsal.name)
    text = header + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    return files.write(environment.directory / "footprint.yml", text)


def footprint(environment: Environment, made: dict[str, Any], public: dict[str, Any] | None = None) -> dict[str, Any]:
    """The Footprint of the hosts in `made` (see /rehearsal/hosts), schema 1; `public` is rehearsal.yml's."""
    doors = [host["address"] for host in made["hosts"] if "proxy" in host["groups"]]
    result: dict[str, Any] = {
        "schema": 1,
        "environment": environment.name,
        "producer": "hand",
        "hosts": [_host(host) for host in made["hosts"]],
        "network": {
            "private_cidrs": [made["subnet4"], made["subnet6"]],
            # The controller is the bridge's gateway.
            "admin_cidrs": [f"{made['gateway4']}/32", f"{made['gateway6']}/128"],
            "public_cidrs": ["0.0.0.0/0", "::/0"],
        },
        "public": {"names": doors, "certificate": "internal"} | (public or {}),
        "database": {"kind": "host"},
        "buckets": {"artifacts": {"kind": "host"}, "backups": {"kind": "host"}},
    }
    if any({"database", "bucket"} <= set(host["groups"]) for host in made["hosts"]):
        result["accept"] = ["backups-on-database-host"]  # a rehearsal; its data is for trying things out
    return result


def _host(host: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": host["name"],
        "groups": list(host["groups"]),
        "address": host["address"],
        "ssh": {
            "address": host["address"],
            "port": 22,
            "user": "deploy",
            "host_keys": list(host["host_keys"]),
            "via": "direct",
        },
        **({"volumes": host["volumes"]} if host.get("volumes") else {}),
    }

"""How the hosts are, asked of all at once over ssh with the pinned keys that the playbooks use."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from infra import inventory
from ops import processes
from ops.environment import Environment

TIMEOUT = 5  # seconds until a silent host counts as unreachable
COMMAND = (
    "systemctl is-system-running; readlink /opt/shoestring/current && cat /opt/shoestring/current/release.json; true"
)
# BatchMode: nothing may wait for a password. No shared connection: a stale one would speak for a dead host.
OPTIONS = ("BatchMode=yes", f"ConnectTimeout={TIMEOUT}", f"ServerAliveInterval={TIMEOUT}", "ControlPath=none")


@dataclass(frozen=True)
class Probe:
    """`state`: systemd's word (running, degraded, ...) or unreachable. `release`: what runs there; `about`: what
    was deployed with it (name, ready_path, check_path, predict_path, model, example), {} where nothing was.
    """

    state: str
    release: str | None = None
    about: dict[str, Any] = field(default_factory=dict)


UNREACHABLE = Probe("unreachable")


def hosts(environment: Environment) -> dict[str, Probe]:
    """Host name -> how it is. Raises SettingsError for a Footprint that is none."""
    read = inventory.read(environment.footprint)
    inventory.pin(read)
    commands = {name: command(read.common, variables) for name, variables in read.hosts.items()}
    with ThreadPoolExecutor(max_workers=16) as pool:
        return dict(zip(commands, pool.map(_ask, commands.values()), strict=True))


def command(
    common: Mapping[str, Any],
    host: Mapping[str, Any],
    remote: str = COMMAND,
    options: Sequence[str] = OPTIONS,
) -> list[str]:
    """The ssh command line that runs `remote` on a host, from the variables that Ansible gets."""
    key = common.get("ansible_ssh_private_key_file")
    identity = ["-o", "IdentitiesOnly=yes", "-i", key] if key else []
    chosen = [word for option in options for word in ("-o", option)]
    target = ["-p", str(host["ansible_port"]), "-l", host["ansible_user"], host["ansible_host"]]
    return ["ssh", *identity, *chosen, *shlex.split(host["ansible_ssh_common_args"]), *target, remote]


def _ask(argv: list[str]) -> Probe:
    done = processes.run(argv)
    state, _, rest = done.stdout.partition("\n")
    if done.code != 0 or not state:
        return UNREACHABLE
    link, _, text = rest.partition("\n")
    try:
        about = json.loads(text)["about"]
    except (ValueError, LookupError, TypeError):
        about = {}  # nothing was deployed
    return Probe(state.strip(), link.rpartition("/")[2] or None, about)

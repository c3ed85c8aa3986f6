"""What Ansible gets of a Footprint: groups, variables, and SSH options that trust pinned host keys only."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra import database, exposure, files, public, unpacked
from infra.addresses import GROUPS
from infra.checks import credentials, environment
from infra.checks import vault as secrets
from infra.footprint import Footprint
from infra.hosts import Host, IdentityAwareProxy, InstanceConnect, Jump, Tunnel
from infra.variables import VAULT

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Inventory:
    """`groups`: name -> host names; `common`: variables of all; `hosts`: name -> variables (JSON types)."""

    groups: dict[str, list[str]]
    common: dict[str, Any]
    hosts: dict[str, dict[str, Any]]
    known_hosts: Path
    pins: str = field(repr=False)


def read(path: Path | str, root: Path = ROOT, decrypt: Callable[[str], object] | None = None) -> Inventory:
    """The inventory of the Footprint in `path`, all settings checked. Contacts nobody. Raises SettingsError.

    With `decrypt`, which gets the vault's path, the vault is checked too and what lies in clear of it is written.
    """
    directory = Path(path).absolute().parent
    checked = environment.load(path, root)
    footprint, table = checked.footprint, checked.table
    plain = footprint.plain()
    state = root / ".shoestring" / directory.name
    if decrypt is not None:
        opened = secrets.check_file(directory / "group_vars" / "all" / VAULT, decrypt)
        public.check(directory, plain["public"], opened.get(public.KEY), expired=False)
        credentials.check(Path(path), footprint, opened)
        unpacked.unpack(opened, state)
    ingress = exposure.ingress(table, footprint)
    common = {
        "footprint": plain,
        "footprint_directory": str(directory),
        "footprint_state": str(state),
        "footprint_ports": exposure.ports(table),
        "footprint_database": database.way(footprint, exposure.ports(table)["database"]),
        "footprint_ssh_key": "",
        "footprint_public": {
            "kind": public.kind(plain["public"]),
            "url": public.url(plain["public"]),
            "roots": str(public.roots(plain["public"], directory, state) or ""),
        },
    }
    key = state / "id_ed25519"
    if key.is_file():  # made for this environment; without it, ssh takes the user's own keys and agent
        common["ansible_ssh_private_key_file"] = str(key)
        common["footprint_ssh_key"] = _text(key.with_name("id_ed25519.pub"))
    known_hosts = state / "known_hosts"
    pins = "".join(f"{host.name} {key}\n" for host in footprint.hosts for key in host.ssh.host_keys)
    hosts = {
        host.name: {
            "ansible_host": host.ssh.address,
            "ansible_port": host.ssh.port,
            "ansible_user": host.ssh.user,
            "ansible_ssh_common_args": shlex.join(_options(footprint, host, known_hosts, key)),
            "footprint_host": entry,
            "footprint_ingress": ingress[host.name],
        }
        for host, entry in zip(footprint.hosts, plain["hosts"], strict=True)
    }
    for variables in hosts.values():
        variables["ansible_control_path"] = _control_path(variables, pins)
    groups = {group: [host.name for host in footprint.hosts if group in host.groups] for group in GROUPS}
    return Inventory(groups, common, hosts, known_hosts, pins)


def pin(inventory: Inventory) -> None:
    """Writes the environment's known_hosts: mode 0600, by rename, only when it differs.

    Keys that changed mean a machine that changed, so facts cached of this environment are dropped with them.
    """
    target = inventory.known_hosts
    if target.is_file() and target.stat().st_mode & 0o777 == 0o600 and target.read_text() == inventory.pins:
        return
    for directory in (target.parent.parent, target.parent):
        directory.mkdir(mode=0o700, exist_ok=True)
    for facts in (target.parent.parent / "facts").glob(f"{target.parent.name}_*"):
        facts.unlink(missing_ok=True)
    files.write(target, inventory.pins, 0o600)


def _text(path: Path) -> str:
    return path.read_text().strip() if path.is_file() else ""


def _control_path(variables: dict[str, Any], pins: str) -> str:
    """Where ssh keeps a host's connection open. One that was let in by other pins than today's is not used again."""
    ours = [pins, *(str(value) for name, value in sorted(variables.items()) if name.startswith("ansible_"))]
    return "%(directory)s/" + hashlib.sha256("\0".join(ours).encode()).hexdigest()[:10]


def _options(footprint: Footprint, host: Host, known_hosts: Path, key: Path) -> list[str]:
    """ssh options that accept nothing but the host's own pinned keys, whatever the user's own files say."""
    options = {
        # ssh splits the value at blanks and expands % in it
        "UserKnownHostsFile": '"' + str(known_hosts).replace("%", "%%") + '"',
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "HostKeyAlias": host.name,
        "UpdateHostKeys": "no",
        "ProxyCommand": _way(footprint, host, known_hosts, key),
    }
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def _way(footprint: Footprint, host: Host, known_hosts: Path, key: Path) -> str:
    """The command whose stdin and stdout are the connection to `host`, or none."""
    address, port = host.ssh.address, str(host.ssh.port)
    match host.ssh.via:
        case Jump(jump=through):
            gate = next(one for one in footprint.hosts if one.name == through.host)
            identity = ["-i", str(key)] if key.is_file() else []
            target = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
            login = ["-p", str(gate.ssh.port), "-l", gate.ssh.user, "-W", target, gate.ssh.address]
            command = [
                "ssh",
                "-o",
                "BatchMode=yes",
                *identity,
                *_options(footprint, gate, known_hosts, key),
                *login,
            ]
        case Tunnel(tunnel=InstanceConnect() as way):
            command = ["aws", "ec2-instance-connect", "open-tunnel", "--instance-id", way.target]
            command += ["--remote-port", port, "--region", way.region]
        case Tunnel(tunnel=IdentityAwareProxy() as way):
            command = ["gcloud", "compute", "start-iap-tunnel", way.target, port, "--listen-on-stdin"]
            command += ["--project", way.project, "--zone", way.zone, "--verbosity=warning"]
        case _:
            return "none"
    return shlex.join(command).replace("%", "%%")

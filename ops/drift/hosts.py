"""What no playbook asks for: on every host what is there now against what the system came with, and what is ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from infra import exposure, unpacked, variables
from infra.footprint import Footprint
from ops import far, vault
from ops.drift.finding import Finding
from ops.environment import ROOT, Environment
from ops.steps import Step

PROGRAM = ROOT / "ansible/roles/host/templates/_drift/look.py"
# Users and memberships that the roles make: the services' own, and people, whom the role `host` itself compares.
USERS = {"postgres", "versitygw", "service"}
MEMBERS = {"ssl-cert postgres", "ssl-cert versitygw", "ssl-cert www-data", "service www-data"}
TABLE = "inet shoestring"
FIXES = {
    "package": "apt-get purge {name}, or list it in host_packages_extra",
    "user": "userdel --remove {name}, or list them in host_admins",
    "group": "gpasswd --delete {second} {first}",
    "password": "passwd --lock {name}",
    "key": "take it out of ~{first}/.ssh/authorized_keys",
    "port": "stop what listens there: ss -Hlntup sport = :{port}",
    "setuid": "chmod u-s,g-s {name}",
    "firewall": "nft delete table {name}, or list it in host_nft_tables_extra",
    "masked": "systemctl unmask {name}",
}


def look(environment: Environment, step: Step) -> tuple[list[Finding], list[str]]:
    """The findings, and why a host could not be asked."""
    footprint, problems, found = environment.check(), [], []
    for host, said in far.run(environment, PROGRAM).items():
        if said.code != 0:
            reason = (said.stderr.strip().splitlines() or ["it did not say why"])[-1]
            problems.append(f"{host} could not be asked: {reason}")
            continue
        answer = json.loads(said.stdout)
        if answer["recorded"] is None:
            problems.append(
                f"{host} has no record of what its system came with: make up ENV={environment.name} makes it"
            )
        found += judge(environment, footprint, host, answer)
    step.note(f"{len(found)} found" if found else "")
    return found, problems


def judge(environment: Environment, footprint: Footprint, host: str, answer: Mapping[str, Any]) -> list[Finding]:
    """Of what a host said, all that is neither declared nor a role's."""
    expected = declared(environment, footprint, host)
    found = [
        Finding(host, kind, name, _sentence(kind, name, was, now), _fix(environment, host, kind, name, was))
        for kind, name, was, now in answer["differences"]
        if f"{kind} {name}" not in expected
    ]
    for what in ("failed", "stopped"):
        found += [
            Finding(host, what, unit, f"the unit {unit} {STATES[what]}", f"make up ENV={environment.name}")
            for unit in answer[what]
        ]
    return found


STATES = {"failed": "has failed", "stopped": "is enabled, and does not run"}


def declared(environment: Environment, footprint: Footprint, host: str) -> set[str]:
    """`kind name` of all that the Footprint, the settings and the roles ask for on a host."""
    (one,) = [each for each in footprint.hosts if each.name == host]
    settings = variables.of_host(environment.directory, host)
    found = {f"package {name}" for name in packages(settings)}
    found |= {f"user {name}" for name in USERS} | {f"group {pair}" for pair in MEMBERS}
    for person in settings.get("host_admins") or []:
        found |= {f"user {person['name']}", f"group sudo {person['name']}"}
        found |= {_key(person["name"], line) for line in person["keys"]}
    found |= {
        _key(one.ssh.user, line) for line in [*own_keys(environment), *(settings.get("host_ssh_keys_extra") or [])]
    }
    found |= {f"firewall {table}" for table in [TABLE, *(settings.get("host_nft_tables_extra") or [])]}
    ports = exposure.ports(exposure.load(environment.root / "stacks/exposure.yml"))
    return found | {f"port tcp/{ports[group]}" for group in one.groups}


def own_keys(environment: Environment) -> list[str]:
    """The public half of the key that Ansible logs in with, where it is ours."""
    held = vault.read(environment.vault, vault.key()) if environment.vault.is_file() else {}
    return [unpacked.public_key(str(held[unpacked.VARIABLE]))] if unpacked.VARIABLE in held else []


def _key(user: str, line: str) -> str:
    """As look.py names a key."""
    bare = " ".join(line.split()[:2])
    return f"key {user} {hashlib.sha256(bare.encode()).hexdigest()[:16]}"


def packages(settings: Mapping[str, Any]) -> Iterable[str]:
    """Those that a role names, or the settings."""
    for path in (ROOT / "ansible/roles").glob("*/defaults/main.yml"):
        stated = yaml.safe_load(path.read_text()) | dict(settings)
        for name, value in stated.items():
            if "_packages" in name and isinstance(value, list):
                yield from value


def _sentence(kind: str, name: str, was: str | None, now: str | None) -> str:
    thing = name if name.startswith("/") else f"{kind} {name}"
    if was is None:
        return f"{thing} is there, and nobody asked for it ({now})"
    return f"{thing} is gone ({was})" if now is None else f"{thing} is not as it came: {was}; now {now}"


def _fix(environment: Environment, host: str, kind: str, name: str, was: str | None) -> str:
    first, _, second = name.partition(" ")
    if kind in FIXES:
        return f"on {host}: " + FIXES[kind].format(name=name, first=first, second=second, port=name.partition("/")[2])
    if was is None:
        return f"on {host}: rm {name}, or list it in host_accepted_drift"
    package = f"dpkg-query --search {name}"
    return f"on {host}: put it back from its package ({package}), or make the host anew: make up ENV={environment.name}"

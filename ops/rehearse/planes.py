"""The steps of a rehearsal that give what the account has a body: machines, buckets, a database."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any

import yaml

from infra import unpacked
from ops import files, rehearsal, vault
from ops.errors import OperationError
from ops.rehearse import completed, part
from ops.rehearse.place import Rehearsed
from ops.steps import Step
from rehearsal.planes import hosts as described
from rehearsal.planes import postgres
from rehearsal.planes.authority import Authority
from rehearsal.planes.shell import Shell
from rehearsal.planes.wanted import Database

Stated = Mapping[str, Any]
"""The stack's output `footprint`."""
BUCKETS_PORT = 7443
HOSTS = "hosts.json"
"""What rehearsal.hosts said of the hosts that it made."""
MANAGED = "managed"


def hosts(environment: Rehearsed, stated: Stated, step: Step) -> None:
    """A host for each machine, with the address, the disks and the login that the account gives it, and for a database.

    Raises OperationError, which names the one that does not boot.
    """
    cloud = part(environment, "cloud")
    machines = cloud.machines(environment, stated)
    keys = {machine.login_key for machine in machines}
    if len(keys) > 1:
        raise OperationError(
            "The machines of the account let different keys in.",
            "No host was made.",
            f"make down ENV={environment.name}, then run this again",
        )
    login = environment.planes / "login.pub"
    files.write(login, f"{keys.pop()}\n")
    databases = _databases(environment, stated)
    private4, private6 = cloud.networks(stated)
    said = described.described(environment.name, private4, private6, machines, databases, cloud.ALSO)
    files.write(environment.hosts, yaml.safe_dump(said, sort_keys=False))
    try:
        made = rehearsal.create(environment, environment.hosts, login, step.progress)
    except OperationError as reason:
        who = [f"{one.name} is the instance {one.identity}" for one in machines]
        who += [f"{described.MANAGED} is the host of the database {one.identity}" for one in databases]
        raise OperationError(f"{reason.cause}\n({', '.join(who)})", reason.consequence, reason.fix) from None
    files.write(environment.planes / HOSTS, json.dumps(made, indent=2))
    printed = {host["name"]: host["host_keys"] for host in made["hosts"]}
    for machine in machines:
        cloud.tell_keys(environment, machine, printed[machine.name])
    step.note(", ".join(f"{machine.name} {machine.address}" for machine in machines))


def buckets(environment: Rehearsed, stated: Stated, step: Step) -> None:
    """The buckets, with the rights that the account gives; and fresh keys, of which one is the controller's."""
    names, secret = part(environment, "cloud").buckets(
        environment, stated, _gateway4(stated), _authority(environment), step.progress
    )
    if secret is not None:
        key = vault.key()
        variables = vault.read(environment.vault, key)
        vault.write(environment.vault, variables | {completed.VARIABLE: secret}, key)
    step.note(", ".join(names))


def database(environment: Rehearsed, stated: Stated, step: Step) -> None:
    """A PostgreSQL for the managed database, with the admin's password from the account's own store."""
    made = json.loads((environment.planes / HOSTS).read_text())
    host = next(one for one in made["hosts"] if one["name"] == described.MANAGED)
    key = environment.state / unpacked.SSH_KEY
    shell = Shell(host["address"], host["host_keys"], key, environment.planes)
    for one in _databases(environment, stated):
        postgres.ensure(one, shell, _authority(environment), step.progress)
        step.note(f"{one.identity} at {one.address}")


def footprint(environment: Rehearsed, stated: Stated) -> tuple[dict[str, Any], str]:
    """The Footprint with the places where its cloud is here, and the PEM of the CA that signs them."""
    place = described.place(stated["network"]["private_cidrs"][0], [host["address"] for host in stated["hosts"]])
    ca = _authority(environment).ca
    here = completed.Here(
        gateway=_gateway4(stated),
        buckets=store(environment, stated).endpoint,
        ca=ca,
        database=place if stated["database"]["kind"] == MANAGED else None,
    )
    return completed.footprint(stated, here), ca


def store(environment: Rehearsed, stated: Stated) -> Any:
    """Where the buckets are."""
    return part(environment, "cloud").store(environment, _gateway4(stated))


def _databases(environment: Rehearsed, stated: Stated) -> tuple[Database, ...]:
    place = described.place(stated["network"]["private_cidrs"][0], [host["address"] for host in stated["hosts"]])
    found: tuple[Database, ...] = part(environment, "cloud").databases(environment, stated, place)
    return found


def _authority(environment: Rehearsed) -> Authority:
    return Authority.of(environment.planes / "authority", environment.name)


def _gateway4(stated: Stated) -> str:
    """This machine's address in the network: the first, which clouds keep for their router."""
    return str(ipaddress.IPv4Network(stated["network"]["private_cidrs"][0])[1])

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
from ops.rehearse import account, completed
from ops.rehearse.place import Rehearsed
from ops.steps import Step
from rehearsal.aws import found, rights
from rehearsal.aws.server import CONSOLES
from rehearsal.planes import hosts as described
from rehearsal.planes import postgres
from rehearsal.planes.authority import Authority
from rehearsal.planes.buckets import Gateway
from rehearsal.planes.shell import Shell
from rehearsal.planes.wanted import Database

Stated = Mapping[str, Any]
"""The stack's output `footprint`."""
S3_PORT = 7443
HOSTS = "hosts.json"
"""What rehearsal.hosts said of the hosts that it made."""
MANAGED = "managed"


def hosts(environment: Rehearsed, stated: Stated, step: Step) -> None:
    """A host for each machine, with the address, the disks and the login that the account gives it, and for a database.

    Raises OperationError, which names the one that does not boot.
    """
    emulated = account.ensure(environment)
    machines = found.machines(emulated, stated)
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
    private4, private6 = stated["network"]["private_cidrs"]
    said = described.described(environment.name, private4, private6, machines, databases)
    files.write(environment.hosts, yaml.safe_dump(said, sort_keys=False))
    try:
        made = rehearsal.create(environment, environment.hosts, login, step.progress)
    except OperationError as reason:
        who = [f"{one.name} is the instance {one.identity}" for one in machines]
        who += [f"{described.MANAGED} is the host of the database {one.identity}" for one in databases]
        raise OperationError(f"{reason.cause}\n({', '.join(who)})", reason.consequence, reason.fix) from None
    files.write(environment.planes / HOSTS, json.dumps(made, indent=2))
    printed = {host["name"]: "\n".join(host["host_keys"]) for host in made["hosts"]}
    for machine in machines:
        # As cloud-init has it on the console at the first boot.
        text = f"-----BEGIN SSH HOST KEY KEYS-----\n{printed[machine.name]}\n-----END SSH HOST KEY KEYS-----\n"
        files.write(environment.planes / CONSOLES / machine.identity, text)
    step.note(", ".join(f"{machine.name} {machine.address}" for machine in machines))


def buckets(environment: Rehearsed, stated: Stated, step: Step) -> None:
    """The buckets, with the rights that the account gives; and fresh keys, of which one is the controller's."""
    emulated = account.ensure(environment)
    given = rights.read(emulated, stated, environment.planes / "keys.json")
    gateway(environment, stated).ensure(given.buckets, given.keys, _authority(environment), step.progress)
    account.use(environment, given.controller.access, given.controller.secret)
    if given.backups is not None:
        key = vault.key()
        variables = vault.read(environment.vault, key)
        pair = {"access": given.backups.access, "secret": given.backups.secret}
        vault.write(environment.vault, variables | {completed.VARIABLE: pair}, key)
    step.note(", ".join(bucket.name for bucket in given.buckets))


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
        buckets=gateway(environment, stated).endpoint,
        ca=ca,
        database=place if stated["database"]["kind"] == MANAGED else None,
    )
    return completed.footprint(stated, here), ca


def gateway(environment: Rehearsed, stated: Stated) -> Gateway:
    """Where the buckets are."""
    region = environment.settings().region
    return Gateway(environment.planes / "s3", _gateway4(stated), S3_PORT, region)


def _databases(environment: Rehearsed, stated: Stated) -> tuple[Database, ...]:
    place = described.place(stated["network"]["private_cidrs"][0], [host["address"] for host in stated["hosts"]])
    return found.databases(account.ensure(environment), stated, place)


def _authority(environment: Rehearsed) -> Authority:
    return Authority.of(environment.planes / "authority", environment.name)


def _gateway4(stated: Stated) -> str:
    """This machine's address in the network: the first, which AWS keeps for its router."""
    return str(ipaddress.IPv4Network(stated["network"]["private_cidrs"][0])[1])

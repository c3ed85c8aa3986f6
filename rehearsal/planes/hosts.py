"""The machines, and the hosts of the databases, as rehearsal.hosts is told of them."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from typing import Any

from rehearsal.planes.wanted import Database, Machine

MANAGED = "managed-database"
"""The host of a database that the cloud runs; none of the environment's own."""


def described(
    environment: str,
    subnet4: str,
    subnet6: str,
    machines: Sequence[Machine],
    databases: Sequence[Database],
    also: Sequence[str] = (),
) -> dict[str, Any]:
    """The content of a rehearsal.yml: one bridge that carries the network, whose first address is this machine's.

    `also`: what the cloud's tunnel comes from, if that is no address of the network.
    """
    return {
        "bridge": "shoe-" + hashlib.sha256(environment.encode()).hexdigest()[:9],
        "subnet4": subnet4,
        "subnet6": subnet6,
        **({"also": list(also)} if also else {}),
        "hosts": [*map(_machine, machines), *map(_database, databases)],
    }


def place(subnet4: str, taken: Sequence[str]) -> str:
    """An address for a database's host: the last of the network that no machine has."""
    network = ipaddress.IPv4Network(subnet4)
    last = int(network.broadcast_address)
    return next(found for step in range(1, 99) if (found := str(ipaddress.IPv4Address(last - step))) not in taken)


def _machine(machine: Machine) -> dict[str, Any]:
    disks = [{"purpose": disk.purpose, "size": f"{disk.gib}G", "device": disk.device} for disk in machine.disks]
    return {
        "name": machine.name,
        "address": machine.address,
        "address6": machine.address6,
        "groups": list(machine.groups),
        **({"volumes": disks} if disks else {}),
    }


def _database(database: Database) -> dict[str, Any]:
    return {"name": MANAGED, "address": database.address, "groups": [MANAGED]}

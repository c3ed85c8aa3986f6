"""What an emulated project of Google Cloud has, for the steps that give it a body."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ops import files
from ops.cloud.gcp import account as google
from ops.errors import OperationError
from ops.rehearse.gcp import account
from ops.rehearse.place import Rehearsed
from ops.steps import Step
from rehearsal.gcp import found
from rehearsal.gcp.api import GUESTS
from rehearsal.gcp.tunnel import SOURCE
from rehearsal.planes.authority import Authority
from rehearsal.planes.gcs import accounts
from rehearsal.planes.gcs.store import Store
from rehearsal.planes.wanted import Database, Machine

if TYPE_CHECKING:
    from rehearsal.gcp.provider import Provider

Stated = Mapping[str, Any]
"""The stack's output `footprint`."""
CALLED, MODEL, SCHEME = "Google Cloud", "Google's discovery documents", "gs"
"""In sentences: the cloud, what inputs are held against, and how a bucket's objects are written."""
ALSO: Sequence[str] = (SOURCE,)
"""Where its tunnel comes from, which is no address of the network."""
JOBS: Mapping[str, Callable[[Step], object]] = {}
"""What can be got ready while machines boot."""


def provider(environment: Rehearsed) -> Provider:
    """Makes what the program registers."""
    from rehearsal.gcp.provider import Provider

    here = account.ensure(environment)
    return Provider(google.settings(environment), here.registry)


def begin(environment: Rehearsed) -> str:
    """Which project it is, begun anew if its server does not run."""
    return account.ensure(environment).project.id


def networks(stated: Stated) -> tuple[str, str]:
    """The IPv4 range, and the IPv6 one of the bridge here: Google's network has none."""
    (private4,) = stated["network"]["private_cidrs"]
    return private4, found.subnet6(stated["environment"])


def machines(environment: Rehearsed, stated: Stated) -> tuple[Machine, ...]:
    """Raises OperationError for one that is not there."""
    return found.machines(account.ensure(environment), stated)


def databases(environment: Rehearsed, stated: Stated, place: str) -> tuple[Database, ...]:
    """The managed one, if there is one; `place`: the address that its host is to have here."""
    return found.databases(account.ensure(environment), stated, place)


def tell_keys(environment: Rehearsed, machine: Machine, keys: Sequence[str]) -> None:
    """As the guest agent writes a machine's SSH host keys into its guest attributes at the first boot."""
    told = dict(key.split()[:2] for key in keys)
    path = environment.planes / GUESTS / f"{machine.identity}.json"
    files.write(path, json.dumps(told, indent=2))


def buckets(
    environment: Rehearsed, stated: Stated, address: str, authority: Authority, progress: Callable[[str], None]
) -> tuple[list[str], Any]:
    """The names of the buckets, which are there now, with the roles that the program has given; and the key of the
    service account with which the database's host gets into that of the backups, None without one.
    """
    here, there = account.ensure(environment), store(environment, address)
    given = found.buckets(here, stated, f"serviceAccount:{account.email(environment)}")
    hosts = [host["address"] for host in stated["hosts"] if "database" in host["groups"]]
    key = None
    for host in hosts:
        key = accounts.ensure(there.directory, found.account(here, host), f"{there.endpoint}/token")
    there.ensure(given, authority, progress)
    return [bucket.name for bucket in given], key and json.dumps(key)


def store(environment: Rehearsed, address: str) -> Store:
    """Where the buckets are; `address`: this machine's in the network."""
    from ops.rehearse.planes import BUCKETS_PORT

    return Store(account.store(environment), address, BUCKETS_PORT)


def kept(environment: Rehearsed, stated: Stated) -> str:
    """What the cloud would keep of the managed database by itself. Raises OperationError if that is nothing."""
    (one,) = account.ensure(environment).of("gcp:sql/databaseInstance:DatabaseInstance")
    backup = one.inputs["settings"].get("backupConfiguration") or {}
    if not backup.get("enabled"):
        raise OperationError(
            f"The database {one.id} of {stated['environment']} is not backed up.",
            "The rehearsal has not proved what it is for.",
            "Look there, then run it again.",
        )
    count = int(backup["backupRetentionSettings"]["retainedBackups"])
    return f"Cloud SQL would keep {count} backups of {one.id} by itself."

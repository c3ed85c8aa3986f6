"""What an emulated account of AWS has, for the steps that give it a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ops import files, gateway_job
from ops.errors import OperationError
from ops.rehearse.aws import account
from ops.rehearse.place import Rehearsed
from ops.steps import Step
from rehearsal.aws import found, rights
from rehearsal.aws.server import CONSOLES
from rehearsal.planes.authority import Authority
from rehearsal.planes.buckets import Gateway
from rehearsal.planes.wanted import Database, Machine

if TYPE_CHECKING:
    from rehearsal.aws.provider import Provider

Stated = Mapping[str, Any]
"""The stack's output `footprint`."""
CALLED, MODEL, SCHEME = "AWS", "AWS's model", "s3"
"""In sentences: the cloud, what inputs are held against, and how a bucket's objects are written."""
ALSO: Sequence[str] = ()
"""Where its tunnel comes from, if that is no address of the network."""
JOBS: Mapping[str, Callable[[Step], object]] = {"S3 gateway": gateway_job.build}
"""What can be got ready while machines boot."""


def provider(environment: Rehearsed) -> Provider:
    """Makes what the program registers."""
    from rehearsal.aws.provider import Provider
    from rehearsal.registry import Registry

    return Provider(account.ensure(environment), Registry(environment.planes / "registry.json"))


def begin(environment: Rehearsed) -> str:
    """Whose account it is, begun anew if its server does not run."""
    return account.ensure(environment).id


def networks(stated: Stated) -> tuple[str, str]:
    """The IPv4 and the IPv6 range."""
    private4, private6 = stated["network"]["private_cidrs"]
    return private4, private6


def machines(environment: Rehearsed, stated: Stated) -> tuple[Machine, ...]:
    """Raises OperationError for one that does not run."""
    return found.machines(account.ensure(environment), stated)


def databases(environment: Rehearsed, stated: Stated, place: str) -> tuple[Database, ...]:
    """The managed one, if there is one; `place`: the address that its host is to have here."""
    return found.databases(account.ensure(environment), stated, place)


def tell_keys(environment: Rehearsed, machine: Machine, keys: Sequence[str]) -> None:
    """As cloud-init has a machine's SSH host keys on the console at the first boot."""
    lines = "\n".join(keys)
    text = f"-----BEGIN SSH HOST KEY KEYS-----\n{lines}\n-----END SSH HOST KEY KEYS-----\n"
    files.write(environment.planes / CONSOLES / machine.identity, text)


def buckets(
    environment: Rehearsed, stated: Stated, address: str, authority: Authority, progress: Callable[[str], None]
) -> tuple[list[str], Any]:
    """The names of the buckets, which are there now, with the rights that the account gives; and the secret with which
    the database's host gets into that of the backups, None without one.
    """
    given = rights.read(account.ensure(environment), stated, environment.planes / "keys.json")
    store(environment, address).ensure(given.buckets, given.keys, authority, progress)
    account.use(environment, given.controller.access, given.controller.secret)
    pair = given.backups and {"access": given.backups.access, "secret": given.backups.secret}
    return [bucket.name for bucket in given.buckets], pair


def store(environment: Rehearsed, address: str) -> Gateway:
    """Where the buckets are; `address`: this machine's in the network."""
    from ops.rehearse.planes import BUCKETS_PORT

    return Gateway(environment.planes / "s3", address, BUCKETS_PORT, environment.settings().region)


def kept(environment: Rehearsed, stated: Stated) -> str:
    """What the cloud would keep of the managed database by itself. Raises OperationError if that is nothing."""
    every = account.ensure(environment)("rds").describe_db_instances()["DBInstances"]
    one = next(each for each in every if each["Endpoint"]["Address"] == stated["database"]["address"])
    if not one["BackupRetentionPeriod"]:
        raise OperationError(
            f"The database {one['DBInstanceIdentifier']} is not backed up.",
            "The rehearsal has not proved what it is for.",
            "Look there, then run it again.",
        )
    return f"RDS would keep {one['BackupRetentionPeriod']} days of backups of {one['DBInstanceIdentifier']} by itself."

"""What an emulated account has that really runs here. A cloud's own module reads it out of the account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Disk:
    """A volume of a machine. `device`: where the machine finds it, a path under /dev/disk/by-id/; `gib`: its size."""

    purpose: str
    device: str
    gib: int


@dataclass(frozen=True)
class Machine:
    """A virtual machine. `identity`: what the account calls it; `login_key`: the public key its first boot lets in."""

    name: str
    identity: str
    address: str
    address6: str
    groups: tuple[str, ...]
    login_key: str
    disks: tuple[Disk, ...] = ()


@dataclass(frozen=True)
class Database:
    """A managed PostgreSQL, on a host of its own at `address`.

    identity: what the account calls it. name: the database made with it. user, password: its admin's, who may make
    roles and databases and is no superuser. parameters: name -> value, those of the account's parameter group.
    allowed: the addresses that its security group lets in.
    """

    identity: str
    address: str
    port: int
    version: str
    name: str
    user: str
    password: str = field(repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grant:
    """What one key may do with a bucket, by AWS's names: s3:GetObject on arn:aws:s3:::name/*."""

    access: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True)
class Bucket:
    """A bucket. `locked_days`: how long each object stays undeletable, 0 for not at all."""

    name: str
    versioned: bool
    locked_days: int = 0
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True)
class Key:
    """A pair of credentials, short-lived: `access` is an id of a-z, A-Z, 0-9 and -."""

    access: str
    secret: str = field(repr=False)

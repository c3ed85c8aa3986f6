"""Reads the emulated project back, and says what has to run here for it: its machines, its databases, its buckets."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from ops.errors import OperationError
from rehearsal.gcp import names
from rehearsal.gcp.api import INSTANCE, Emulated
from rehearsal.planes.gcs.store import GcsBucket
from rehearsal.planes.wanted import Database, Disk, Machine
from rehearsal.registry import Entry

Thing = Mapping[str, Any]
NOTHING = "No host was made or changed."
DEVICE = "/dev/disk/by-id/google-"
FLAGS = ("cloudsql.", "password_encryption")
"""What Cloud SQL takes for itself, and what it has fixed: no parameters of a PostgreSQL."""


def machines(here: Emulated, footprint: Thing) -> tuple[Machine, ...]:
    """Those of the stack's output `footprint`, by their addresses. Raises OperationError for one that is not there."""
    there = {entry.outputs["networkInterfaces"][0]["networkIp"]: entry for entry in here.of(INSTANCE)}
    for host in footprint["hosts"]:
        if host["address"] not in there:
            cause = f"The instance of {host['name']} ({host['address']}) is not in the emulated project."
            raise OperationError(cause, NOTHING, _anew(footprint))
    return tuple(_machine(here, footprint, there[host["address"]], host) for host in footprint["hosts"])


def databases(here: Emulated, footprint: Thing, place: str) -> tuple[Database, ...]:
    """The managed one of the stack's output, if it has one. `place`: the address that its host is to have here."""
    stated = footprint["database"]
    if stated["kind"] != "managed":
        return ()
    (one,) = here.of("gcp:sql/databaseInstance:DatabaseInstance")
    (made,) = here.of("gcp:sql/database:Database")
    (user,) = here.of("gcp:sql/user:User")
    flags = {each["name"]: each["value"] for each in one.inputs["settings"].get("databaseFlags", ())}
    return (
        Database(
            identity=one.id,
            address=place,
            port=int(stated["port"]),
            version=str(one.inputs["databaseVersion"]).rpartition("_")[2],
            name=made.inputs["name"],
            user=user.inputs["name"],
            password=user.inputs["password"],
            parameters={name: value for name, value in flags.items() if not name.startswith(FLAGS)},
            allowed=tuple(sorted(_allowed(here, footprint))),
        ),
    )


def buckets(here: Emulated, footprint: Thing, controller: str) -> tuple[GcsBucket, ...]:
    """The buckets of the stack's output, with the roles that the program has given, and the controller's on models."""
    found = []
    for purpose, stated in footprint["buckets"].items():
        roles: dict[str, list[str]] = {}
        for entry in here.of("gcp:storage/bucketIAMMember:BucketIAMMember"):
            if entry.inputs["bucket"] == stated["name"]:
                roles.setdefault(entry.inputs["role"], []).append(entry.inputs["member"])
        if purpose == "artifacts":
            roles.setdefault("roles/storage.objectUser", []).append(controller)
        (one,) = (entry for entry in here.of("gcp:storage/bucket:Bucket") if entry.id == stated["name"])
        found.append(GcsBucket(stated["name"], roles, _settings(one)))
    return tuple(found)


def account(here: Emulated, address: str) -> str:
    """The e-mail address of the service account that the machine at `address` has."""
    for entry in here.of(INSTANCE):
        if entry.outputs["networkInterfaces"][0]["networkIp"] == address:
            return str(entry.inputs["serviceAccount"]["email"])
    raise LookupError(address)


def _settings(bucket: Entry) -> dict[str, Any]:
    """As the storage API takes them."""
    inputs = bucket.inputs
    return {
        "location": inputs["location"],
        "labels": inputs["labels"],
        "versioning": inputs["versioning"],
        "softDeletePolicy": {
            "retentionDurationSeconds": str(int(inputs["softDeletePolicy"]["retentionDurationSeconds"]))
        },
        "iamConfiguration": {
            "uniformBucketLevelAccess": {"enabled": inputs["uniformBucketLevelAccess"]},
            "publicAccessPrevention": inputs["publicAccessPrevention"],
        },
    }


def _machine(here: Emulated, footprint: Thing, one: Entry, host: Thing) -> Machine:
    return Machine(
        name=host["name"],
        identity=one.outputs["name"],
        address=host["address"],
        address6=address6(footprint["environment"], host["address"]),
        groups=tuple(host["groups"]),
        login_key=_login_key(one),
        disks=tuple(_disks(here, footprint, one, host)),
    )


def subnet6(environment: str) -> str:
    """Google's network has no IPv6; the bridge here has a range of its own, in which no host is asked for anything."""
    digest = names.digest(environment)
    return f"fd{digest[:2]}:{digest[2:6]}:{digest[6:10]}::/64"


def address6(environment: str, address: str) -> str:
    """A host's in that range: its IPv4 address as the last 32 bits."""
    whole = ipaddress.IPv6Network(subnet6(environment))
    return str(whole[int(ipaddress.IPv4Address(address))])


def _login_key(one: Entry) -> str:
    """The key that the startup script gives to the user `deploy`."""
    script = str(one.inputs["metadata"]["startup-script"])
    line = next(line for line in script.splitlines() if line.endswith("/authorized_keys") and line.startswith("echo "))
    return line.removeprefix("echo ").rpartition(" >")[0].strip("'")


def _disks(here: Emulated, footprint: Thing, one: Entry, host: Thing) -> Iterator[Disk]:
    attached = {
        f"{DEVICE}{entry.inputs['deviceName']}": entry.inputs["disk"]
        for entry in here.of("gcp:compute/attachedDisk:AttachedDisk")
        if entry.inputs["instance"] == one.id
    }
    sizes = {entry.id: int(entry.inputs["size"]) for entry in here.of("gcp:compute/disk:Disk")}
    for volume in host["volumes"]:
        if volume["device"] not in attached:
            cause = f"{host['name']}'s volume for {volume['purpose']} is not attached to {one.outputs['name']}."
            raise OperationError(cause, NOTHING, _anew(footprint))
        yield Disk(volume["purpose"], volume["device"], sizes[attached[volume["device"]]])


def _allowed(here: Emulated, footprint: Thing) -> Iterator[str]:
    """The addresses of the machines whose account a rule lets go to the database's address."""
    name = f"{footprint['database']['address']}."
    records = (one.inputs for one in here.of("gcp:dns/recordSet:RecordSet"))
    there = next(f"{one['rrdatas'][0]}/32" for one in records if one["name"] == name)
    for entry in here.of("gcp:compute/firewall:Firewall"):
        if entry.inputs["direction"] == "EGRESS" and there in (entry.inputs.get("destinationRanges") or ()):
            members = set(entry.inputs.get("targetServiceAccounts") or ())
            yield from (host["address"] for host in footprint["hosts"] if account(here, host["address"]) in members)


def _anew(footprint: Thing) -> str:
    return f"make down ENV={footprint['environment']}, then the same command again: it begins anew"

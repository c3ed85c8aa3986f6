"""Machines and their disks."""

from __future__ import annotations

from rehearsal.gcp import records
from rehearsal.gcp.records import Record, Told, made, tells


@tells("gcp:compute/instance:Instance")
def instance(record: Record) -> Told:
    """Its one interface gets the next private address of its subnetwork."""
    (interface,) = record.inputs["networkInterfaces"]
    network = records.subnet(record, interface["subnetwork"])
    given = interface.get("networkIp") or records.free(record, network, 2, records.inside(record))
    interfaces = [{**interface, "name": "nic0", "networkIp": given}]
    return made(record, "instances", record.inputs["zone"], networkInterfaces=interfaces, currentStatus="RUNNING")


@tells("gcp:compute/disk:Disk")
def disk(record: Record) -> Told:
    return made(record, "disks", record.inputs["zone"])


@tells("gcp:compute/attachedDisk:AttachedDisk")
def attached(record: Record) -> Told:
    machine, disk = (str(record.inputs[end]) for end in ("instance", "disk"))
    return f"{machine}/{disk.rpartition('/')[2]}", {"mode": "READ_WRITE", "project": record.project.id}

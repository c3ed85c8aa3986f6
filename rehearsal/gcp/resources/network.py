"""Networks, addresses and rules."""

from __future__ import annotations

from rehearsal.gcp import names, records
from rehearsal.gcp.records import Record, Told, made, tells


@tells("gcp:compute/network:Network")
def network(record: Record) -> Told:
    return made(record, "networks")


@tells("gcp:compute/subnetwork:Subnetwork")
def subnetwork(record: Record) -> Told:
    whole = record.inputs["ipCidrRange"]
    first = records.free(record, whole, 1, set())  # which Google keeps for its router
    return made(record, "subnetworks", record.inputs["region"], gatewayAddress=first)


@tells("gcp:compute/router:Router")
def router(record: Record) -> Told:
    return made(record, "routers", record.inputs["region"])


@tells("gcp:compute/routerNat:RouterNat")
def nat(record: Record) -> Told:
    inputs = record.inputs
    return f"{record.project.id}/{inputs['region']}/{inputs['router']}/{record.name}", {"name": record.name}


@tells("gcp:compute/firewall:Firewall")
def firewall(record: Record) -> Told:
    return made(record, "firewalls")


@tells("gcp:compute/address:Address")
def address(record: Record) -> Told:
    if record.inputs.get("addressType") == "INTERNAL":
        network = records.subnet(record, record.inputs["subnetwork"])
        given = records.free(record, network, 2, records.inside(record))
    else:
        given = records.public(record)
    return made(record, "addresses", record.inputs["region"], address=given)


@tells("gcp:compute/forwardingRule:ForwardingRule")
def door(record: Record) -> Told:
    there = record.others("gcp:compute/address:Address")
    given = next(one["address"] for one in there if one["selfLink"].endswith(record.inputs["ipAddress"]))
    return made(record, "forwardingRules", record.inputs["region"], pscConnectionStatus="ACCEPTED", ipAddress=given)


@tells("gcp:dns/managedZone:ManagedZone")
def zone(record: Record) -> Told:
    path = f"projects/{record.project.id}/managedZones/{record.name}"
    return path, {"name": record.name, "project": record.project.id, "managedZoneId": names.number(record.resource)}


@tells("gcp:dns/recordSet:RecordSet")
def dns(record: Record) -> Told:
    inputs = record.inputs
    path = f"projects/{record.project.id}/managedZones/{inputs['managedZone']}/rrsets/{inputs['name']}/{inputs['type']}"
    return path, {"project": record.project.id}

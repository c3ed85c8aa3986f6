"""The Footprint of a rehearsal: the one that the stack states, with the places where its cloud really is."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VARIABLE = "vault_bucket_backups_rehearsed"
"""The vault's, with the short-lived key of the database's host."""


@dataclass(frozen=True)
class Here:
    """`gateway`: this machine's address in the network. `buckets`: their endpoint. `ca`: PEM of who signs them.

    `database`: the address of the managed one, None if there is none.
    """

    gateway: str
    buckets: str
    ca: str
    database: str | None


def footprint(stated: Mapping[str, Any], here: Here) -> dict[str, Any]:
    """`stated`, the stack's output, with what differs here; all the rest is as it would be in the cloud."""
    document: dict[str, Any] = copy.deepcopy(dict(stated))
    for bucket in document["buckets"].values():
        bucket |= {"endpoint": here.buckets, "ca_pem": here.ca}
        bucket |= {"path_style": True} if bucket["kind"] == "s3" else {}
    if document["database"]["kind"] == "host":
        # A machine in the cloud is known there by itself; it would ask at an address that here is somebody else's.
        document["buckets"]["backups"]["credentials"] = f"vault:{VARIABLE}"
    if here.database is not None:
        document["database"]["address"] = here.database
    # Names and static addresses lead to the cloud's door. Here it is the proxy's own address, with our own CA.
    if doors := [host["address"] for host in document["hosts"] if "proxy" in host["groups"]]:
        document["public"] = {"names": doors, "certificate": "internal"}
    if any(host["ssh"]["via"] == "direct" for host in document["hosts"]):
        document["network"]["admin_cidrs"] = [*document["network"]["admin_cidrs"], f"{here.gateway}/32"]
        for host in document["hosts"]:
            host["ssh"]["address"] = host["address"]
    return document

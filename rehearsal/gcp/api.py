"""What the emulated project answers of itself: the few calls of Google's APIs that the verbs make, from its registry.

Each answer has the form of the API's discovery document, as far as anybody reads it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rehearsal.gcp.names import API, Project
from rehearsal.registry import Entry, Registry

Answer = Mapping[str, Any]
GUESTS = "guests"
"""What each machine has written of itself: <name of the instance>.json, {type: base64} of its keys."""
INSTANCE = "gcp:compute/instance:Instance"


class Emulated:
    """`directory` has registry.json, the project's, and what its machines have written."""

    def __init__(self, directory: Path, project: Project) -> None:
        self.directory, self.project = directory, project

    @property
    def registry(self) -> Registry:
        """As it is now: the program, in another process, adds to it."""
        return Registry(self.directory / "registry.json")

    def of(self, token: str) -> list[Entry]:
        """The entries of a type."""
        return [entry for entry in self.registry.entries() if entry.type == token]

    def answer(self, method: str, path: str, query: Mapping[str, str]) -> Answer | None:
        """What Google would say; None is 404."""
        for pattern, verb, function in ROUTES:
            if verb == method and (found := re.fullmatch(pattern, path)):
                return function(self, found, query)
        return None


Route = Callable[[Emulated, "re.Match[str]", Mapping[str, str]], Answer | None]
ROUTES: list[tuple[str, str, Route]] = []


def route(method: str, pattern: str) -> Callable[[Route], Route]:
    """Registers the answer to a path."""

    def register(function: Route) -> Route:
        ROUTES.append((pattern, method, function))
        return function

    return register


@route("GET", r"/v1/projects/[^/:]+")
def project(here: Emulated, _found: Any, _query: Any) -> Answer:
    return {"projectId": here.project.id, "projectNumber": here.project.number, "lifecycleState": "ACTIVE"}


@route("GET", r"/compute/v1/projects/[^/]+/aggregated/instances")
def instances(here: Emulated, _found: Any, query: Mapping[str, str]) -> Answer:
    """By zone, those that the filter `labels.environment=<name>` lets through."""
    wanted = re.fullmatch(r'labels\.environment ?=? ?"?([a-z0-9-]+)"?', query.get("filter", ""))
    items: dict[str, Any] = {}
    for entry in here.of(INSTANCE):
        if wanted is None or entry.inputs["labels"]["environment"] == wanted[1]:
            zone = f"zones/{entry.inputs['zone']}"
            items.setdefault(zone, {"instances": []})["instances"].append(_instance(here, entry))
    return {"kind": "compute#instanceAggregatedList", "items": items}


@route("GET", r"/compute/v1/projects/[^/]+/zones/(?P<zone>[^/]+)/instances/(?P<name>[^/]+)")
def instance(here: Emulated, found: Any, _query: Any) -> Answer | None:
    entries = (one for one in here.of(INSTANCE) if one.outputs["name"] == found["name"])
    return next((_instance(here, one) for one in entries), None)


@route("GET", r"/compute/v1/projects/[^/]+/zones/(?P<zone>[^/]+)/instances/(?P<name>[^/]+)/getGuestAttributes")
def guest(here: Emulated, found: Any, query: Mapping[str, str]) -> Answer | None:
    """What the guest agent writes at the first boot; nothing before it, which Google answers with 404."""
    path = here.directory / GUESTS / f"{found['name']}.json"
    if not path.is_file() or not query.get("queryPath", "").startswith("hostkeys"):
        return None
    keys: dict[str, str] = json.loads(path.read_text())
    items = [{"namespace": "hostkeys", "key": kind, "value": key} for kind, key in keys.items()]
    return {"kind": "compute#guestAttributes", "queryPath": "hostkeys/", "queryValue": {"items": items}}


@route("GET", r"/compute/v1/projects/[^/]+/global/firewalls")
def firewalls(here: Emulated, _found: Any, _query: Any) -> Answer:
    return {"kind": "compute#firewallList", "items": list(map(_firewall, here.of("gcp:compute/firewall:Firewall")))}


@route("GET", r"/compute/v1/projects/[^/]+/aggregated/addresses")
def addresses(here: Emulated, _found: Any, _query: Any) -> Answer:
    items: dict[str, Any] = {}
    for entry in here.of("gcp:compute/address:Address"):
        region = items.setdefault(f"regions/{entry.inputs['region']}", {"addresses": []})
        kept = ("addressType", "labels", "subnetwork", "networkTier")
        told = {name: entry.inputs[name] for name in kept if entry.inputs.get(name)}
        region["addresses"].append({"name": entry.outputs["name"], "address": entry.outputs["address"], **told})
    return {"kind": "compute#addressAggregatedList", "items": items}


@route("GET", r"/v1/(?P<name>projects/[^/]+/secrets/[^/]+/versions/[^/]+):access")
def secret(here: Emulated, found: Any, _query: Any) -> Answer | None:
    for entry in here.of("gcp:secretmanager/secretVersion:SecretVersion"):
        if entry.outputs["name"] == found["name"]:
            data = base64.b64encode(str(entry.inputs["secretData"]).encode()).decode()
            return {"name": entry.outputs["name"], "payload": {"data": data}}
    return None


def _instance(here: Emulated, entry: Entry) -> Answer:
    inputs, outputs = entry.inputs, entry.outputs
    account = inputs["serviceAccount"]
    networks = {one.id: f"{API}/{one.inputs['network']}" for one in here.of("gcp:compute/subnetwork:Subnetwork")}
    interfaces = [
        {"name": "nic0", "network": networks[one["subnetwork"]], "networkIP": one["networkIp"]}
        for one in outputs["networkInterfaces"]
    ]
    return {
        "kind": "compute#instance",
        "id": outputs["instanceId"],
        "name": outputs["name"],
        "zone": f"{API}/projects/{here.project.id}/zones/{inputs['zone']}",
        "status": outputs["currentStatus"],
        "labels": inputs["labels"],
        "networkInterfaces": interfaces,
        "serviceAccounts": [{"email": account["email"], "scopes": account["scopes"]}],
        "deletionProtection": bool(inputs.get("deletionProtection")),
        "machineType": f"{API}/projects/{here.project.id}/zones/{inputs['zone']}/machineTypes/{inputs['machineType']}",
        "selfLink": outputs["selfLink"],
    }


def _firewall(entry: Entry) -> Answer:
    """As the API has it: `allowed` for Pulumi's `allows`, `IPProtocol` for `protocol`."""
    inputs = entry.inputs
    told: dict[str, Any] = {"name": entry.outputs["name"], "network": f"{API}/{inputs['network']}", "disabled": False}
    for ours, theirs in (("allows", "allowed"), ("denies", "denied")):
        if inputs.get(ours):
            told[theirs] = [
                {"IPProtocol": one["protocol"]} | ({"ports": one["ports"]} if one.get("ports") else {})
                for one in inputs[ours]
            ]
    same = ("direction", "sourceRanges", "destinationRanges", "sourceServiceAccounts", "targetServiceAccounts")
    return told | {name: inputs[name] for name in same if inputs.get(name)} | {"priority": int(inputs["priority"])}

"""An environment's machines, as Compute Engine has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ops.cloud.gcp import account, api
from ops.environment import Environment
from ops.errors import OperationError

RUNNING = ("PROVISIONING", "STAGING", "RUNNING")
NOTHING = "No Footprint was written."


def running(environment: Environment, hosts: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Host -> `projects/<p>/zones/<z>/instances/<name>` of the instance that has its private address and the
    environment's label. Raises OperationError.

    `hosts`: as in the Footprint, {name, address} at least.
    """
    with account.asking(NOTHING):
        found = list(labelled(environment, "instances"))
    there = {address: one for one in sorted(found, key=_runs) for address in _addresses(one)}
    for host in hosts:
        one = there.get(host["address"])
        if one is None or not _runs(one):
            raise _absent(environment, f"{host['name']} ({host['address']})", one)
    return {host["name"]: path(there[host["address"]]) for host in hosts}


def labelled(environment: Environment, collection: str) -> Iterator[dict[str, Any]]:
    """All that carries the environment's label in one of Compute Engine's collections, of all zones and regions."""
    compute = getattr(account.client(environment, "compute"), collection)()
    label, project = f"labels.environment={environment.name}", account.settings(environment).project
    for page in api.aggregated(compute, project=project, filter=label):
        for scope in page.get("items", {}).values():
            yield from scope.get(collection, ())


def path(one: Mapping[str, Any]) -> str:
    """A resource's name below the API's address: projects/..."""
    return "projects/" + str(one["selfLink"]).partition("/projects/")[2]


def parts(instance: str) -> dict[str, str]:
    """{project, zone, instance} of an instance's path."""
    _, project, _, zone, _, name = instance.split("/")
    return {"project": project, "zone": zone, "instance": name}


def _addresses(one: Mapping[str, Any]) -> list[str]:
    return [str(each["networkIP"]) for each in one.get("networkInterfaces", ()) if "networkIP" in each]


def _runs(one: Mapping[str, Any]) -> bool:
    return one["status"] in RUNNING


def _absent(environment: Environment, host: str, instance: Mapping[str, Any] | None) -> OperationError:
    again = f"make up ENV={environment.name}"
    if instance is None:
        fix = f"pulumi up --refresh --stack {environment.name} makes it anew; then: {again}"
        return OperationError(f"The machine of {host} is not there.", NOTHING, fix)
    where = parts(path(instance))
    verb = "resume" if instance["status"] in ("SUSPENDED", "SUSPENDING") else "start"
    fix = f"gcloud compute instances {verb} {where['instance']} --project {where['project']} --zone {where['zone']}"
    cause = f"The machine of {host} is {str(instance['status']).lower()}."
    return OperationError(cause, NOTHING, f"{fix}, then: {again}")

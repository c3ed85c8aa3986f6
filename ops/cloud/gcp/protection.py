"""What keeps Google itself from deleting a thing, lifted once somebody has typed the stack's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ops import processes
from ops.cloud.gcp import account, instances
from ops.cloud.state import Entry
from ops.environment import Environment
from ops.errors import OperationError

INSTANCE = "gcp:compute/instance:Instance"
DATABASE, BUCKET = "gcp:sql/databaseInstance:DatabaseInstance", "gcp:storage/bucket:Bucket"
DATA = (DATABASE, BUCKET)
STOPPED = "`down` broke off there; the same command goes on."
# Pulumi's provider looks into the state before it asks Google, and deletes nothing that has this set there
# (terraform-provider-google: resource_compute_instance.go, resource_sql_database_instance.go).
HELD: Mapping[str, str] = {INSTANCE: "deletionProtection", DATABASE: "deletionProtection"}
TIMES, PAUSE = 200, 3.0  # how often an operation is asked for, and the seconds between: ten minutes


def of_machines(environment: Environment, found: Iterable[Entry]) -> None:
    """Their deletion protection. What they hold is made anew by `up`: data has disks of its own."""
    compute = account.client(environment, "compute")
    for entry in found:
        if entry.type == INSTANCE:
            where = instances.parts(entry.id)
            call = compute.instances().setDeletionProtection(
                project=where["project"], zone=where["zone"], resource=where["instance"], deletionProtection=False
            )
            with account.asking(STOPPED):
                if begun := unless_gone(call):
                    asked = {"project": where["project"], "zone": where["zone"], "operation": begun["name"]}
                    _ended(begun, partial(compute.zoneOperations().get, **asked))


def _ended(operation: Mapping[str, Any], asking: Callable[[], Any]) -> None:
    """Waits until an operation is done; `asking` makes the request for it. Raises OperationError if it fails."""
    for _ in range(TIMES):
        if operation["status"] == "DONE":
            break
        processes.pause(PAUSE)
        operation = asking().execute()
    errors = [str(one.get("message")) for one in operation.get("error", {}).get("errors", ())]
    if errors or operation["status"] != "DONE":
        cause = "; ".join(errors) or f"{operation['name']} does not end"
        raise OperationError(f"Google Cloud refused: {cause}", STOPPED, "Mend what it names, and run this again.")


def of_data(environment: Environment, found: Iterable[Entry], progress: Callable[[str], None]) -> None:
    """The databases' deletion protection, and the buckets' content, every version of it."""
    sql, storage = account.client(environment, "sqladmin"), account.client(environment, "storage")
    project = account.settings(environment).project
    for entry in found:
        with account.asking(STOPPED):
            if entry.type == DATABASE:
                name = str(entry.outputs.get("name") or entry.id)
                body = {"settings": {"deletionProtectionEnabled": False}}
                if begun := unless_gone(sql.instances().patch(project=project, instance=name, body=body)):
                    _ended(begun, partial(sql.operations().get, project=project, operation=begun["name"]))
            elif entry.type == BUCKET:
                progress(f"emptying {entry.id}")
                empty(storage.objects(), entry.id)


def empty(objects: Any, bucket: str) -> None:
    """Deletes every version of every object. Google keeps them for the bucket's soft-delete time, and bills it."""
    request = objects.list(bucket=bucket, versions=True)
    while request is not None:
        page = unless_gone(request)
        if page is None:
            return
        for one in page.get("items", ()):
            unless_gone(objects.delete(bucket=bucket, object=one["name"], generation=one["generation"]))
        request = objects.list_next(request, page)


def unless_gone(call: Any) -> Any:
    """What Google answers to a request; None if what it names is not there any more."""
    from googleapiclient.errors import HttpError

    try:
        return call.execute()
    except HttpError as reason:
        if reason.resp.status != 404:
            raise
        return None

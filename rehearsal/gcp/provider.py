"""The provider of a rehearsal on Google Cloud: what the program registers is checked, and recorded as made."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pulumi.runtime import rpc

from infra.settings_clouds import Gcp
from ops.errors import OperationError
from rehearsal.gcp import resources, validate
from rehearsal.gcp.names import Project
from rehearsal.gcp.records import RECORDS, Record
from rehearsal.program import Recorded, Resource
from rehearsal.registry import Entry, Registry, unchanged

PROJECT_OF = "gcp:organizations/getProject:getProject"
EMULATED = ("gcp:storage/bucket:Bucket", "gcp:storage/bucketIAMMember:BucketIAMMember")
"""What there is here beside its record: buckets, and who gets into them."""


class Provider:
    """Makes and deletes resources; `registry` knows them. May be called from several threads."""

    def __init__(self, settings: Gcp, registry: Registry | None = None) -> None:
        self.project = Project(settings.project, settings.region)
        self.registry = registry or Registry()
        self._lock = threading.RLock()
        resources.load()

    def create(self, resource: Resource) -> tuple[str, dict[str, Any]]:
        """The id and the outputs of a resource. One that is there already is left alone.

        Raises OperationError, naming type and name: there is no record of the type, Google would refuse its inputs, or
        the resource is there with other inputs.
        """
        if resource.type not in RECORDS:
            raise _missing(f"{resource.type} ({resource.name})")
        resource = replace(resource, inputs=_plain(resource.inputs))
        with self._lock:
            if found := self.registry.find(resource.urn):
                unchanged(found, resource)
                return found.id, found.outputs
            validate.check(resource)
            identity, outputs = RECORDS[resource.type](Record(self.project, self.registry, resource))
            entry = Entry(resource.urn, resource.type, resource.name, resource.inputs, identity, outputs, whole=True)
            entry.protect = bool(resource.options.get("protect"))
            entry.retain = bool(resource.options.get("retain_on_delete"))
            self._alone(entry)
            self.registry.keep(entry)
            return identity, outputs

    def call(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """What a provider's function answers. Raises OperationError, naming it."""
        if token != PROJECT_OF:
            raise _missing(f"the function {token}")
        return {"number": self.project.number, "projectId": arguments.get("projectId")}

    def delete_all(self, protected: bool = False) -> None:
        """Forget what the registry holds, the last made first.

        protected: True deletes what the program protects, too; else it is named in an OperationError and nothing is.
        """
        with self._lock:
            kept = [f"{entry.type} {entry.name}" for entry in self.registry.entries() if entry.protect]
            if kept and not protected:
                raise OperationError(
                    f"protected: {', '.join(kept)}",
                    "nothing was deleted",
                    "set `shoestring:deletion_protection: false`, or say that their data may go",
                )
            for entry in reversed(self.registry.entries()):
                self.registry.drop(entry)

    @property
    def recorded(self) -> list[Recorded]:
        """What is a record and nothing more, of all that was made."""
        why = "checked against Google's discovery documents and recorded; there is no emulation of it"
        return [Recorded(one.type, one.name, "", why) for one in self.registry.entries() if one.type not in EMULATED]

    def _alone(self, entry: Entry) -> None:
        """Raises OperationError if something of the kind has that id: Google has each name once."""
        for other in self.registry.entries():
            if (other.type, other.id) == (entry.type, entry.id) and entry.id != "none":
                raise OperationError(
                    f"{entry.type} {entry.name}: {other.name} is {entry.id} already",
                    "Google would refuse it (409), so it was not made",
                    f"give {entry.name} another name in infra/gcp/",
                )


def _plain(value: Any) -> Any:
    """What the engine hands on to a provider: the values of secrets, out of their envelopes."""
    value = rpc.unwrap_rpc_secret(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return list(map(_plain, value)) if isinstance(value, list) else value


def _missing(what: str) -> OperationError:
    return OperationError(
        f"{what} has no record", "it can't be rehearsed, so it was not made", "add it to rehearsal/gcp/resources/"
    )

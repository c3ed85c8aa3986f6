"""What Google would refuse: inputs held against the discovery documents that its own client library brings.

Pulumi's properties have the names of the API's for the most part, and where one has, or is in RENAMED, its enumeration,
pattern and type are the API's. Names that Pulumi makes up are held against the pattern with what it adds to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ops.errors import OperationError
from rehearsal.gcp import names
from rehearsal.program import Resource

Schema = Mapping[str, Any]

SCHEMAS = {
    "gcp:billing/budget:Budget": ("billingbudgets.v1", "GoogleCloudBillingBudgetsV1Budget"),
    "gcp:compute/address:Address": ("compute.v1", "Address"),
    "gcp:compute/disk:Disk": ("compute.v1", "Disk"),
    "gcp:compute/firewall:Firewall": ("compute.v1", "Firewall"),
    "gcp:compute/forwardingRule:ForwardingRule": ("compute.v1", "ForwardingRule"),
    "gcp:compute/instance:Instance": ("compute.v1", "Instance"),
    "gcp:compute/network:Network": ("compute.v1", "Network"),
    "gcp:compute/router:Router": ("compute.v1", "Router"),
    "gcp:compute/routerNat:RouterNat": ("compute.v1", "RouterNat"),
    "gcp:compute/subnetwork:Subnetwork": ("compute.v1", "Subnetwork"),
    "gcp:dns/managedZone:ManagedZone": ("dns.v1", "ManagedZone"),
    "gcp:dns/recordSet:RecordSet": ("dns.v1", "ResourceRecordSet"),
    "gcp:kms/cryptoKey:CryptoKey": ("cloudkms.v1", "CryptoKey"),
    "gcp:secretmanager/secret:Secret": ("secretmanager.v1", "Secret"),
    "gcp:serviceaccount/account:Account": ("iam.v1", "ServiceAccount"),
    "gcp:sql/database:Database": ("sqladmin.v1", "Database"),
    "gcp:sql/databaseInstance:DatabaseInstance": ("sqladmin.v1", "DatabaseInstance"),
    "gcp:sql/user:User": ("sqladmin.v1", "User"),
    "gcp:storage/bucket:Bucket": ("storage.v1", "Bucket"),
}
"""Token -> (document, schema). What is not here has no input that a document knows."""
RENAMED = {
    ("Network", "routingMode"): ("NetworkRoutingConfig", "routingMode"),
    ("Settings", "diskType"): ("Settings", "dataDiskType"),
}
"""Schema and Pulumi's name -> schema and property of the API."""
LABELS = ("labels", "userLabels")
NO_LABELS = ("gcp:monitoring/notificationChannel:NotificationChannel", "labels")
"""Which are where the letters go."""
LABEL = re.compile(r"[a-z0-9_-]{0,63}")  # cloud.google.com/resource-manager/docs/labels-overview, less other scripts
LABEL_KEY = re.compile(r"[a-z][a-z0-9_-]{0,62}")
MOST_LABELS = 64


@cache
def document(name: str) -> Mapping[str, Any]:
    """A discovery document, such as compute.v1."""
    from googleapiclient import discovery_cache

    found: Mapping[str, Any] = json.loads(discovery_cache.get_static_doc(*name.split(".")) or "{}")
    assert found, f"the client library has no document {name}"
    return found


def check(resource: Resource) -> None:
    """Raises OperationError with each input that Google would refuse."""
    if wrong := list(broken(resource)):
        raise OperationError(
            f"{resource.type} {resource.name}: " + "; ".join(wrong),
            "Google would refuse it, so it was not made",
            f"correct the inputs of {resource.name} in infra/gcp/",
        )


def broken(resource: Resource) -> Iterator[str]:
    """A sentence for each input that is not as the API's document has it."""
    for block in LABELS:
        if (resource.type, block) != NO_LABELS:
            yield from _labels(resource.inputs.get(block) or {}, block)
    if resource.type not in SCHEMAS:
        return
    service, schema = SCHEMAS[resource.type]
    schemas = document(service)["schemas"]
    inputs = dict(resource.inputs)
    if "name" in schemas[schema]["properties"] and service == "compute.v1":
        inputs["name"] = names.physical(resource)
    yield from _object(inputs, schemas[schema], schemas, "")


def _labels(labels: Mapping[str, str], block: str) -> Iterator[str]:
    if len(labels) > MOST_LABELS:
        yield f"{block} are {len(labels)}, and at most {MOST_LABELS} are allowed"
    for key, value in labels.items():
        if not LABEL_KEY.fullmatch(key) or not LABEL.fullmatch(str(value)):
            yield f"{block} has {key}={value}, which is no label of 63 of a-z, 0-9, - and _"


def _object(values: Mapping[str, Any], schema: Schema, schemas: Mapping[str, Schema], path: str) -> Iterator[str]:
    known = {name.lower(): inner for name, inner in schema.get("properties", {}).items()}
    for (of, name), (other, its) in RENAMED.items():
        if of == schema.get("id"):
            known[name.lower()] = schemas[other]["properties"][its]
    for name, value in values.items():
        if (inner := known.get(name.lower())) is not None:
            yield from _value(value, inner, schemas, f"{path}.{name}" if path else name)


def _value(value: Any, schema: Schema, schemas: Mapping[str, Schema], path: str) -> Iterator[str]:
    schema = schemas[schema["$ref"]] if "$ref" in schema else schema
    if isinstance(value, Mapping) and "properties" in schema:
        yield from _object(value, schema, schemas, path)
    elif isinstance(value, list) and schema.get("type") == "array":
        for index, each in enumerate(value):
            yield from _value(each, schema["items"], schemas, f"{path}[{index}]")
    elif isinstance(value, str) and value:
        if value not in schema.get("enum", [value]):
            yield f"{path} is {value}, and one of {', '.join(schema['enum'])} is allowed"
        if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
            yield f"{path} is {value}, which is not of the form {schema['pattern']}"

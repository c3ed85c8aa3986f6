"""What of an environment still costs money, as the project itself says: for `down`, which may leave some of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from infra.gcp.shared import Shared
from ops.cloud.cost import Cost
from ops.cloud.gcp import account, api, database_ca
from ops.cloud.gcp.instances import RUNNING, labelled
from ops.cloud.gcp.protection import unless_gone
from ops.environment import Environment

NOTHING_KNOWN = "What still costs money could not be listed; Google Cloud's billing console shows it."
LABEL = "environment"
# Of a key: an older version is paid for as long as it can be used again (cloud.google.com/kms/pricing).
PAID = ("ENABLED", "DISABLED")
NAT = r"-nat-[0-9a-f]{7}"  # how Pulumi names the router; routers have no labels


def left(environment: Environment) -> list[Cost]:
    """All that carries the environment's label and is paid for. Raises OperationError."""
    with account.asking(NOTHING_KNOWN):
        return [
            *_compute(environment),
            *_databases(environment),
            *_zones(environment),
            *_buckets(environment),
            *_secrets(environment),
            *_keys(environment),
        ]


def _compute(environment: Environment) -> Iterator[Cost]:
    for one in labelled(environment, "instances"):
        if one["status"] in RUNNING:
            kind = str(one["machineType"]).rpartition("/")[2]
            yield Cost("machine", one["name"], f"{kind}, by the second while it runs")
    for one in labelled(environment, "disks"):
        if one["status"] != "DELETING":
            yield Cost("disk", one["name"], f"{one['sizeGb']} GiB, by the month")
    for one in labelled(environment, "addresses"):
        if one.get("addressType", "EXTERNAL") == "EXTERNAL":  # those of our own subnet are free
            yield Cost("public address", one["address"], "by the hour, used or not")
    compute, project = account.client(environment, "compute"), account.settings(environment).project
    for page in api.aggregated(compute.routers(), project=project):
        for one in (router for scope in page.get("items", {}).values() for router in scope.get("routers", ())):
            if one.get("nats") and re.fullmatch(re.escape(environment.name) + NAT, one["name"]):
                yield Cost("NAT gateway", one["name"], "by the hour, and what goes through it")
    label = f"labels.{LABEL}={environment.name}"
    for page in api.pages(compute.snapshots(), project=project, filter=label):
        for one in page.get("items", ()):
            yield Cost("snapshot", one["name"], f"at most {one['diskSizeGb']} GiB, by the month")


def _databases(environment: Environment) -> Iterator[Cost]:
    for one in database_ca.instances(environment):
        settings = one["settings"]
        if one["state"] != "PENDING_DELETE":
            why = f"{settings['tier']} and {settings['dataDiskSizeGb']} GiB, by the hour, with its backups"
            yield Cost("database", one["name"], why)
    parent = f"projects/{account.settings(environment).project}"
    backups = account.client(environment, "sqladmin").Backups()
    request = backups.ListBackups(parent=parent)
    while request is not None:
        page = request.execute()
        yield from (_backup(one) for one in page.get("backups", ()) if _outlives(one, environment.name))
        request = backups.ListBackups_next(request, page)


def _zones(environment: Environment) -> Iterator[Cost]:
    """That of a managed database's name. A project that never had one may have no such API."""
    if account.settings(environment).database == "managed":
        zones, project = account.client(environment, "dns").managedZones(), account.settings(environment).project
        for page in api.pages(zones, project=project):
            for one in page.get("managedZones", ()):
                if one.get("labels", {}).get(LABEL) == environment.name:
                    yield Cost("DNS zone", one["name"], "by the month")


def _outlives(backup: dict[str, Any], name: str) -> bool:
    """Whether it is a kept backup of a database of ours that is gone: those of one that stands are counted there."""
    labels = backup.get("instanceSettings", {}).get("settings", {}).get("userLabels", {})
    return bool(backup.get("instanceDeletionTime")) and labels.get(LABEL) == name


def _backup(one: dict[str, Any]) -> Cost:
    size = f"at most {int(one.get('maxChargeableBytes', 0)) / 2**30:.1f} GiB"
    until = f" until {one['expiryTime'][:10]}" if one.get("expiryTime") else ""
    return Cost("database backup", one["name"], f"{size}, by the month{until}. gcloud sql backups delete removes it")


def _buckets(environment: Environment) -> Iterator[Cost]:
    storage, project = account.client(environment, "storage"), account.settings(environment).project
    for page in api.pages(storage.buckets(), project=project):
        for one in page.get("items", ()):
            if one.get("labels", {}).get(LABEL) == environment.name:
                yield Cost("bucket", one["name"], "by what it holds, old versions and those just deleted too")


def _secrets(environment: Environment) -> Iterator[Cost]:
    secrets = account.client(environment, "secretmanager").projects().secrets()
    parent = f"projects/{account.settings(environment).project}"
    for page in api.pages(secrets, parent=parent, filter=f"labels.{LABEL}={environment.name}"):
        for one in page.get("secrets", ()):
            yield Cost("secret", one["name"].rpartition("/")[2], "by the month for each version")


def _keys(environment: Environment) -> Iterator[Cost]:
    """Google never deletes a key, but takes nothing for one whose versions are destroyed, or wait for it."""
    rings = account.client(environment, "cloudkms").projects().locations().keyRings()
    keys, ring = rings.cryptoKeys(), Shared.of(account.settings(environment)).key_ring
    request = keys.list(parent=ring, filter=f"labels.{LABEL}={environment.name}")
    while request is not None:
        page = unless_gone(request)
        if page is None:  # no bootstrap made the ring yet
            return
        for one in page.get("cryptoKeys", ()):
            versions = [
                version
                for found in api.pages(keys.cryptoKeyVersions(), parent=one["name"])
                for version in found.get("cryptoKeyVersions", ())
                if version["state"] in PAID
            ]
            if versions:
                yield Cost("key", one["name"].rpartition("/")[2], f"by the month, {len(versions)} of its versions")
        request = keys.list_next(request, page)

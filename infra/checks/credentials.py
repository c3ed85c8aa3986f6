"""Can the buckets that a cloud runs be reached: do the Footprint and the vault say where they are, and by which key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.footprint import Footprint
from infra.problems import FootprintError, Problem
from infra.stores import CloudBucket

SHAPES = {"s3": "a mapping {access, secret}", "gcs": "the service account's key, as the JSON that Google gave"}
VAULT = "vault:"


def nowhere(footprint: Footprint) -> Iterator[Problem]:
    """What the Footprint alone tells: a bucket without an address."""
    for where, bucket in _clouds(footprint):
        if bucket.kind == "s3" and bucket.endpoint is None and bucket.region is None:
            fix = "write `region: eu-central-1` (Amazon's), or the `endpoint` of another store"
            yield Problem(f"{where}.region", "nothing", "the region of the bucket, or an endpoint", fix)


def check(path: Path, footprint: Footprint, vault: Mapping[str, Any]) -> None:
    """Raises FootprintError if the vault has not the keys that the Footprint at `path` names, in the form they need."""
    if found := list(_lacking(footprint, vault)):
        raise FootprintError(path, found)


def _lacking(footprint: Footprint, vault: Mapping[str, Any]) -> Iterator[Problem]:
    for where, bucket in _clouds(footprint):
        variable = bucket.credentials.removeprefix(VAULT)
        if bucket.credentials.startswith(VAULT) and not _fits(bucket.kind, vault.get(variable)):
            what = "has another form (not shown)" if variable in vault else "is not in the vault"
            fix = f"ansible-vault edit: write {variable} as {SHAPES[bucket.kind]}"
            yield Problem(f"{where}.credentials", f"{variable}, which {what}", SHAPES[bucket.kind], fix)


def _clouds(footprint: Footprint) -> Iterator[tuple[str, CloudBucket]]:
    """Those that are written to: by the controller, with a release's model, and by a host of ours, with backups."""
    artifacts = footprint.buckets.artifacts
    if isinstance(artifacts, CloudBucket):
        yield "buckets.artifacts", artifacts
    if footprint.database.kind == "host" and isinstance(footprint.buckets.backups, CloudBucket):
        yield "buckets.backups", footprint.buckets.backups


def _fits(kind: str, secret: object) -> bool:
    if kind == "s3":
        return isinstance(secret, Mapping) and set(secret) == {"access", "secret"} and all(secret.values())
    return "client_email" in (secret if isinstance(secret, str | Mapping) else "")

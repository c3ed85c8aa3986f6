"""Can the buckets that a cloud runs be reached with what the Footprint and the vault give: place, and key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.problems import FootprintError, Problem
from infra.seen import mapping, text

SHAPES = {"s3": "a mapping {access, secret}", "gcs": "the service account's key, as the JSON that Google gave"}


def check(path: Path, buckets: Mapping[str, Any], vault: Mapping[str, Any]) -> None:
    """Raises FootprintError with all that is wrong; `buckets` are those of the Footprint at `path`, as JSON types."""
    found = [problem for name in ("artifacts", "backups") for problem in _problems(name, mapping(buckets[name]), vault)]
    if found:
        raise FootprintError(path, found)


def _problems(name: str, bucket: Mapping[str, Any], vault: Mapping[str, Any]) -> Iterator[Problem]:
    kind, where = text(bucket.get("kind")), f"buckets.{name}"
    if kind == "host":
        return
    if kind == "s3" and not bucket.get("endpoint") and not bucket.get("region"):
        fix = "write `region: eu-central-1` for Amazon's S3, or the `endpoint` of another"
        yield Problem(f"{where}.region", "neither region nor endpoint", "where the bucket is", fix)
    credentials = text(bucket.get("credentials"))
    if credentials == "instance":
        return
    store, _, variable = credentials.partition(":")
    if store != "vault":
        fix = "put the key into the vault with ansible-vault edit, and write vault:<its variable>"
        yield Problem(
            f"{where}.credentials", credentials, "`instance` or `vault:<variable>`, the stores known so far", fix
        )
    elif not _fits(kind, vault.get(variable)):
        fix = f"ansible-vault edit: write {variable} as {SHAPES[kind]}"
        found = f"{credentials}, {'of another form (not shown)' if variable in vault else 'which the vault has not'}"
        yield Problem(f"{where}.credentials", found, SHAPES[kind], fix)


def _fits(kind: str, secret: object) -> bool:
    if kind == "s3":
        return isinstance(secret, Mapping) and set(secret) == {"access", "secret"} and all(map(text, secret.values()))
    return "client_email" in (secret if isinstance(secret, str | Mapping) else "")

"""A key of the backups bucket that nothing here can fetch yet: said before any host is contacted."""

from __future__ import annotations

from collections.abc import Iterator

from infra.footprint import Footprint
from infra.problems import Problem
from infra.stores import CloudBucket


def unresolved(footprint: Footprint) -> Iterator[Problem]:
    """A problem where our own PostgreSQL would write to a bucket whose key, or whose address, is not to be had."""
    bucket = footprint.buckets.backups
    if footprint.database.kind != "host" or not isinstance(bucket, CloudBucket):
        return
    if not bucket.credentials.startswith(("instance", "vault:")):
        fix = "write `instance`, or put the key into the vault and write `vault:vault_backups_key`"
        found = f"{bucket.credentials[:60]}, which is not looked up yet"
        yield Problem("buckets.backups.credentials", found, "instance or vault:<variable>", fix)
    if bucket.kind == "s3" and bucket.endpoint is None and bucket.region is None:
        fix = "write `region: eu-central-1` (Amazon's), or the `endpoint` of another store"
        yield Problem("buckets.backups.region", "nothing", "the region of the bucket, or an endpoint", fix)

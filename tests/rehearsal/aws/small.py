"""Small resources, as a program would register them."""

from __future__ import annotations

from typing import Any

from rehearsal.program import Resource

REGION = "eu-central-1"


def resource(kind: str, name: str, options: dict[str, Any] | None = None, /, **inputs: Any) -> Resource:
    return Resource(f"urn:pulumi:test::shoestring::{kind}::{name}", kind, name, "", True, inputs, options or {})


def bucket(name: str = "test-artifacts", **inputs: Any) -> Resource:
    return resource("aws:s3/bucket:Bucket", name, **({"tags": {"owner": "ml-team"}} | inputs))


def versioning(of: str, status: str = "Enabled", name: str = "test-artifacts") -> Resource:
    kind = "aws:s3/bucketVersioning:BucketVersioning"
    return resource(kind, name, bucket=of, versioningConfiguration={"status": status})


def key(name: str = "test-data", options: dict[str, Any] | None = None, **inputs: Any) -> Resource:
    return resource("aws:kms/key:Key", name, options, **({"enableKeyRotation": True} | inputs))

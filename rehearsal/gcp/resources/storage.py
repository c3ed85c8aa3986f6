"""Buckets, and who may do what with one. Their objects are in the emulator of rehearsal/planes/gcs/."""

from __future__ import annotations

from rehearsal.gcp import names
from rehearsal.gcp.records import Record, Told, tells


@tells("gcp:storage/bucket:Bucket")
def bucket(record: Record) -> Told:
    told = {"name": record.name, "project": record.project.id, "url": f"gs://{record.name}"}
    return record.name, {**told, "selfLink": f"https://www.googleapis.com/storage/v1/b/{record.name}"}


@tells("gcp:storage/bucketIAMMember:BucketIAMMember")
def member(record: Record) -> Told:
    inputs = record.inputs
    path = f"b/{inputs['bucket']}/{inputs['role']}/{inputs['member']}"
    return path, {"etag": names.digest(record.resource.urn)}

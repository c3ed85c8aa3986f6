"""Types of the settings that say where Pulumi's state is, and which repository may work on it."""

from __future__ import annotations

from typing import Annotated

from infra.fields import word

OWNER = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?"
NAME = r"[A-Za-z0-9._-]{1,100}"

# GitHub puts the ids into the tokens of repositories made since July 2026; `owner/name` alone would never match these.
Repository = Annotated[
    str,
    word(
        rf"{OWNER}/{NAME}|{OWNER}@\d{{1,20}}/{NAME}@\d{{1,20}}",
        "a GitHub repository as its tokens name it: owner/name, or owner@id/name@id",
        "acme/predictor",
    ),
]
# Pulumi's own backends; each cloud's state is in a bucket of that cloud, under its key.
S3Backend = Annotated[
    str,
    word(
        r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9._/-]*)?\?region=[a-z0-9-]+(?:&awssdk=v2)?",
        "the bucket that Pulumi keeps the state in, with its region",
        "s3://shoestring-state-111122223333-eu-central-1?region=eu-central-1&awssdk=v2",
    ),
]
GcsBackend = Annotated[
    str,
    word(
        r"gs://[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](?:/[A-Za-z0-9._/-]*)?",
        "the bucket of Google Cloud that Pulumi keeps the state in",
        "gs://shoestring-state-acme-shoestring-europe-west3",
    ),
]

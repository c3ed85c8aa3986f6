"""The artifacts bucket where it is no host of ours: S3 or what speaks its protocol, or Google's. Only the controller
asks it.

What a host gets is a URL for one object and, where that is not enough, a token that reads no other part of the bucket:
good for an hour, so no host has a key to a bucket, and curl is all it needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from ops.errors import OperationError

SECONDS = 3600  # that a URL or a token is good for: as long as a deploy to every host may take
NOTHING = "The release was not brought to any host."
REBUILD = "make deploy, which builds it anew"


class Store(Protocol):
    """Objects below one path of a bucket. Each method raises OperationError with the object and what kept it."""

    def has(self, name: str, digest: str) -> bool:
        """Whether these bytes are there (SHA-256, hexadecimal): it keeps the digest, so nothing is read for this."""

    def put(self, file: Path, digest: str) -> None:
        """Stores a file under its own name, if it is what `digest` says."""

    def url(self, name: str) -> str:
        """Where the object is to be fetched. Asks nobody."""

    def headers(self) -> list[str]:
        """What has to be sent along to fetch it, for SECONDS: `Name: value` each."""


def opened(bucket: Mapping[str, Any], path: str, key: object = None) -> AbstractContextManager[Store]:
    """The store in `bucket`, as a Footprint of kind s3 or gcs has it; `path` is below its prefix.

    `key`: {access, secret}, or a service account's JSON; none takes the controller's own credentials. Raises
    OperationError without the cloud's library, or if the key has another form, or for credentials that are none.
    """
    if bucket["kind"] == "gcs":
        from ops.build import artifacts_gcs

        return artifacts_gcs.opened(bucket, path, key)
    from ops.build import artifacts_s3

    return artifacts_s3.opened(bucket, path, key)


def below(bucket: Mapping[str, Any], path: str) -> str:
    """`path` below the bucket's prefix."""
    return "/".join(filter(None, [bucket.get("prefix"), path]))


def content(file: Path, digest: str) -> bytes:
    """What is in a file, if it is what `digest` says. Raises OperationError."""
    try:
        found = file.read_bytes()
    except OSError as reason:
        raise OperationError(f"{file} can't be read: {reason.strerror}.", NOTHING, REBUILD) from None
    if (known := hashlib.sha256(found).hexdigest()) != digest:
        raise OperationError(
            f"{file} has the digest {known}, and the release's manifest says {digest}.", NOTHING, REBUILD
        )
    return found

"""A client for the rehearsal's buckets that reads nothing of the person's own AWS settings, and its errors in words."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ops.errors import OperationError
from rehearsal.planes.wanted import Key

# (name in a file, name in the environment, value, conversion): neither a profile nor a file of the person's is read.
NONE_OF_THE_PERSONS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def client(endpoint: str, region: str, key: Key, authority: Path, attempts: int = 3) -> Any:
    """boto3's client for S3 at `endpoint`, an https address; `authority`: a file with the CA to trust, as PEM."""
    return session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key.access,
        aws_secret_access_key=key.secret,
        verify=str(authority),
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            proxies={},  # an address of this machine's own
            connect_timeout=5,
            read_timeout=60,
            # A checksum after the body, which is boto3's default, is what the gateway doesn't wait for when it refuses.
            request_checksum_calculation="when_required",
            retries={"total_max_attempts": attempts},
        ),
    )


@contextmanager
def asked(bucket: str, what: str) -> Iterator[None]:
    """Makes an OperationError of whatever boto3 raises in the block. what: what was to be done, as in 'to ...'."""
    try:
        yield
    except (BotoCoreError, ClientError) as reason:
        answer = reason.response["Error"] if isinstance(reason, ClientError) else {"Message": reason}
        said = " ".join(str(answer[part]) for part in ("Code", "Message") if part in answer)
        raise OperationError(
            f"The S3 gateway refused, for bucket {bucket}, to {what}: {said}",
            "The bucket is not as the account has it; its objects were not touched.",
            "Correct what it names, or see access.log and versitygw.log in the gateway's directory, "
            "then run the same again.",
        ) from None


def code(reason: ClientError) -> str:
    """S3's name of the error, such as NoSuchBucket; of a HEAD, which has no body, the HTTP status."""
    return str(reason.response["Error"]["Code"])


@functools.cache
def session() -> boto3.Session:
    """One for all clients: it reads botocore's model of S3 once, which takes half a second."""
    return boto3.Session(botocore_session=botocore.session.Session(session_vars=NONE_OF_THE_PERSONS))

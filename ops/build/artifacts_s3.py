"""The artifacts bucket in S3, or in what speaks its protocol: objects are fetched by signed URLs."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.build import artifacts
from ops.build.artifacts import NOTHING, SECONDS
from ops.errors import OperationError

LOGIN = "aws sso login, or export AWS_PROFILE=...; or see buckets.artifacts in the Footprint"


@dataclass(frozen=True)
class Store:
    """Objects below one path of a bucket. Each method raises OperationError with the object and what kept it."""

    s3: Any
    bucket: str
    path: str

    def has(self, name: str, digest: str) -> bool:
        """Whether these bytes are there (SHA-256, hexadecimal): it keeps the digest, so nothing is read for this."""
        from botocore.exceptions import ClientError

        def ask() -> Mapping[str, Any]:
            try:
                return dict(self.s3.head_object(**self._object(name), ChecksumMode="ENABLED"))
            except ClientError as reason:
                if reason.response["Error"]["Code"] in ("404", "NoSuchKey"):
                    return {}
                raise

        return bool(self._asked(name, ask).get("ChecksumSHA256") == _base64(digest))

    def put(self, file: Path, digest: str) -> None:
        """Stores a file under its own name, if it is what `digest` says."""
        content = artifacts.content(file, digest)
        where = self._object(file.name)
        checksum = {"ChecksumAlgorithm": "SHA256", "ChecksumSHA256": _base64(digest)}
        self._asked(file.name, lambda: self.s3.put_object(**where, Body=content, **checksum))

    def url(self, name: str) -> str:
        """Where whoever knows it may fetch the object, for SECONDS. Asks nobody."""
        where = self._object(name)
        url: str = self._asked(
            name, lambda: self.s3.generate_presigned_url("get_object", Params=where, ExpiresIn=SECONDS)
        )
        return url

    def headers(self) -> list[str]:
        """None: all is in the URL."""
        return []

    def _object(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": f"{self.path}/{name}"}

    def _asked(self, name: str, ask: Callable[[], Any]) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        where = f"s3://{self.bucket}/{self.path}/{name}"
        try:
            return ask()
        except ClientError as reason:
            error = reason.response.get("Error", {})
            raise OperationError(
                f"The artifacts bucket refused {where}: {error.get('Code')} {error.get('Message')}",
                NOTHING,
                "Log in as who may read and write there (aws sts get-caller-identity shows who you are), or see the "
                "bucket's name and `credentials` in the Footprint",
            ) from None
        except BotoCoreError as reason:
            raise OperationError(
                f"The artifacts bucket can't be asked for {where}: {reason}",
                NOTHING,
                LOGIN,
            ) from None


@contextmanager
def opened(bucket: Mapping[str, Any], path: str, key: object = None) -> Iterator[Store]:
    """The store in `bucket`, as a Footprint of kind s3 has it; `path` is below its prefix.

    `key`: {access, secret}; none takes the controller's own credentials. Raises OperationError without boto3, or if
    the key has another form, or for credentials that can't be found out.
    """
    pair = _pair(key) if key else {}
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as authority:
        authority.write(bucket.get("ca_pem") or "")
        authority.flush()
        s3 = _client(bucket, authority.name if bucket.get("ca_pem") else None, pair)
        yield Store(s3, str(bucket["name"]), artifacts.below(bucket, path))


def _client(bucket: Mapping[str, Any], authority: str | None, pair: dict[str, str]) -> Any:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ModuleNotFoundError as reason:
        raise OperationError(
            f"{reason.name} is not installed here, and the artifacts bucket is of kind s3.",
            NOTHING,
            "locks/install.sh base aws",
        ) from None
    region = bucket.get("region") or ("us-east-1" if bucket.get("endpoint") else None)  # which other stores go by
    style = {"addressing_style": "path" if bucket.get("path_style") else "virtual"}
    config = Config(signature_version="s3v4", s3=style, connect_timeout=5, retries={"total_max_attempts": 3})
    where = {"region_name": region, "endpoint_url": bucket.get("endpoint"), "verify": authority}
    try:
        return boto3.Session().client("s3", config=config, **where, **pair)
    except (BotoCoreError, ValueError) as reason:  # a profile that is not there, an endpoint that is none
        cause = f"The artifacts bucket {bucket['name']} can't be asked: {reason}"
        raise OperationError(cause, NOTHING, LOGIN) from None


def _pair(key: object) -> dict[str, str]:
    if not isinstance(key, Mapping) or not all(isinstance(key.get(part), str) for part in ("access", "secret")):
        raise OperationError(
            "The secret that `buckets.artifacts.credentials` in the Footprint names has another form (not shown).",
            NOTHING,
            "Write it as a mapping {access, secret}",
        )
    return {"aws_access_key_id": key["access"], "aws_secret_access_key": key["secret"]}


def _base64(digest: str) -> str:
    return base64.b64encode(bytes.fromhex(digest)).decode()

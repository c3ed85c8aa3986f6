"""The artifacts bucket at Google: objects are fetched with a token that reads below one path of it, and nothing else.

A signed URL would want the right to sign as a service account; a token is narrowed by whoever has one
(cloud.google.com/iam/docs/downscoping-short-lived-credentials).
"""

from __future__ import annotations

import json
import os
import tempfile
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.build import artifacts
from ops.build.artifacts import NOTHING
from ops.cloud.gcp import api
from ops.errors import OperationError

ENDPOINT = "https://storage.googleapis.com"
STS = "https://sts.googleapis.com"
SECONDS, PATIENCE = (5, 60), 20.0
"""To connect and to answer; and how long something that fails is tried again."""
READS = "inRole:roles/storage.objectViewer"
DIGEST = "sha256"
"""The name of the metadata that keeps an object's SHA-256: of Google's own checksums none is one."""


@dataclass(frozen=True)
class Store:
    """As artifacts.Store. `holder`: credentials; `client`: google.cloud.storage's."""

    client: Any
    holder: Any
    endpoint: str
    bucket: str
    path: str

    def has(self, name: str, digest: str) -> bool:
        """Whether the object is there with this digest in its metadata, which whoever replaces it does not keep."""
        with self._asking(name):
            blob = self._bucket.get_blob(f"{self.path}/{name}", retry=_patience(), timeout=SECONDS)
        return blob is not None and (blob.metadata or {}).get(DIGEST) == digest

    def put(self, file: Path, digest: str) -> None:
        """Stores a file under its own name, if it is what `digest` says. Google checks its CRC32C on arrival."""
        content = artifacts.content(file, digest)
        blob = self._bucket.blob(f"{self.path}/{file.name}")
        blob.metadata = {DIGEST: digest}
        with self._asking(file.name):
            blob.upload_from_string(
                content,
                content_type="application/octet-stream",
                checksum="crc32c",
                retry=_patience(),  # an object is put whole, so that to put it again is the same
                timeout=SECONDS,
            )

    def url(self, name: str) -> str:
        """Where the object is; it is read with `headers`."""
        return f"{self.endpoint}/{self.bucket}/{urllib.parse.quote(f'{self.path}/{name}')}"

    def headers(self) -> list[str]:
        """A token for an hour, made of the controller's own by Google's token service."""
        from google.auth import downscoped
        from google.auth.transport.requests import Request
        from google.oauth2 import sts

        where = f"projects/_/buckets/{self.bucket}"
        condition = downscoped.AvailabilityCondition(f"resource.name.startsWith('{where}/objects/{self.path}/')")
        rule = downscoped.AccessBoundaryRule(f"//storage.googleapis.com/{where}", [READS], condition)
        boundary = downscoped.CredentialAccessBoundary([rule]).to_json()
        service = os.environ.get(api.OVERRIDE.format("STS"), STS).rstrip("/")
        with self._asking(""):
            request = Request()
            if not self.holder.valid:
                self.holder.refresh(request)
            answer = sts.Client(f"{service}/v1/token").exchange_token(
                request,
                grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
                subject_token=self.holder.token,
                subject_token_type="urn:ietf:params:oauth:token-type:access_token",  # noqa: S106 - RFC 8693's name
                requested_token_type="urn:ietf:params:oauth:token-type:access_token",  # noqa: S106 - likewise
                additional_options=boundary,
            )
        return [f"Authorization: Bearer {answer['access_token']}"]

    @property
    def _bucket(self) -> Any:
        return self.client.bucket(self.bucket)

    @contextmanager
    def _asking(self, name: str) -> Iterator[None]:
        from google.api_core.exceptions import GoogleAPICallError, RetryError
        from requests.exceptions import RequestException

        where = f"gs://{self.bucket}/{self.path}/{name}"
        with api.asking(NOTHING):  # credentials, and the service that narrows tokens
            try:
                yield
            except GoogleAPICallError as reason:
                raise OperationError(
                    f"The artifacts bucket refused {where}: {reason.code} {reason.message}",
                    NOTHING,
                    "Log in as who may read and write there (`gcloud auth list` shows who you are), or see the "
                    "bucket's name and `credentials` in the Footprint",
                ) from None
            except (RetryError, RequestException) as reason:
                cause = f"The artifacts bucket can't be asked for {where}: {reason}"
                raise OperationError(cause, NOTHING, api.LOG_IN) from None


def _patience() -> Any:
    """What can't be reached is told soon, and not after the library's two minutes."""
    from google.cloud.storage.retry import DEFAULT_RETRY

    return DEFAULT_RETRY.with_timeout(PATIENCE)


@contextmanager
def opened(bucket: Mapping[str, Any], path: str, key: object = None) -> Iterator[Store]:
    """As artifacts.opened, for the kind gcs."""
    try:
        from google.auth.transport.requests import AuthorizedSession
        from google.cloud import storage
    except ModuleNotFoundError as reason:
        raise OperationError(
            f"{reason.name} is not installed here, and the artifacts bucket is of kind gcs.", NOTHING, api.NOT_HERE
        ) from None
    holder = _account(key) if key else api.credentials()
    endpoint = str(bucket.get("endpoint") or ENDPOINT)
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as authority:
        session = AuthorizedSession(holder)
        if bucket.get("ca_pem"):
            authority.write(bucket["ca_pem"])
            authority.flush()
            session.trust_env = False  # REQUESTS_CA_BUNDLE would go before `verify`
            session.verify = authority.name
        # Which project pays is the bucket's own; nothing here asks for one.
        client = storage.Client("-", holder, _http=session, client_options={"api_endpoint": endpoint})
        yield Store(client, holder, endpoint, str(bucket["name"]), artifacts.below(bucket, path))


def _account(key: object) -> Any:
    from google.oauth2 import service_account

    try:
        document = json.loads(key) if isinstance(key, str) else key
        return service_account.Credentials.from_service_account_info(document, scopes=api.SCOPES)
    except (ValueError, KeyError, TypeError):  # the reason would quote the key
        raise OperationError(
            "The secret that `buckets.artifacts.credentials` in the Footprint names has another form (not shown).",
            NOTHING,
            "Write it as the JSON that Google gave for the service account",
        ) from None

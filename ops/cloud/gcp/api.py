"""Google's APIs by its own client library, whose discovery documents lie on this machine: no call is spent on them.

Another address of a service is said as to gcloud, by CLOUDSDK_API_ENDPOINT_OVERRIDES_<SERVICE>
(cloud.google.com/sdk/gcloud/reference/topic/configurations); a rehearsal's emulated project is found by it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ops.errors import OperationError

VERSIONS = {
    "cloudbilling": "v1",
    "cloudkms": "v1",
    "cloudresourcemanager": "v1",
    "compute": "v1",
    "dns": "v1",
    "iam": "v1",
    "secretmanager": "v1",
    "serviceusage": "v1",
    "sqladmin": "v1",
    "storage": "v1",
}
OVERRIDE = "CLOUDSDK_API_ENDPOINT_OVERRIDES_{}"
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
SECONDS = 30  # for one answer; what can't be reached is told soon
LOG_IN = (
    "Log in the way your project has it: `gcloud auth application-default login`, or GOOGLE_APPLICATION_CREDENTIALS "
    "of a workload identity. `gcloud auth application-default print-access-token` shows whether there is one."
)
NOT_HERE = "locks/install.sh base gcp"


def credentials(impersonated: str | None = None, billed: str | None = None) -> Any:
    """Those of this machine (google.auth.default), or of the service account that they may act as.

    `billed`: the project that calls are counted for. Raises OperationError without any.
    """
    try:
        import google.auth
        from google.auth import impersonated_credentials
    except ModuleNotFoundError as reason:
        raise _not_installed(reason) from None
    with asking():
        found, _ = google.auth.default(scopes=SCOPES, quota_project_id=billed)
    if impersonated is None:
        return found
    holder: Any = impersonated_credentials.Credentials  # google-auth annotates no constructor
    return holder(found, impersonated, list(SCOPES))


def resource(service: str, holder: Any) -> Any:
    """The client of one of VERSIONS, as `holder`, credentials. Raises OperationError if it is not installed."""
    try:
        import httplib2
        from google_auth_httplib2 import AuthorizedHttp
        from googleapiclient import discovery
    except ModuleNotFoundError as reason:
        raise _not_installed(reason) from None
    elsewhere = os.environ.get(OVERRIDE.format(service.upper()))
    http = AuthorizedHttp(holder, http=httplib2.Http(timeout=SECONDS))
    options = {"api_endpoint": elsewhere} if elsewhere else None
    return discovery.build(
        service, VERSIONS[service], http=http, static_discovery=True, cache_discovery=False, client_options=options
    )


def pages(collection: Any, **arguments: Any) -> Iterator[Mapping[str, Any]]:
    """Each page that `collection.list(**arguments)` has."""
    yield from _each(collection, collection.list(**arguments), "list_next")


def aggregated(collection: Any, **arguments: Any) -> Iterator[Mapping[str, Any]]:
    """Each page of all zones or regions."""
    yield from _each(collection, collection.aggregatedList(**arguments), "aggregatedList_next")


def _each(collection: Any, request: Any, following: str) -> Iterator[Mapping[str, Any]]:
    while request is not None:
        answer = request.execute()
        yield answer
        request = getattr(collection, following)(request, answer)


@contextmanager
def asking(consequence: str = "Nothing was done.") -> Iterator[None]:
    """Makes an OperationError of whatever Google's libraries raise in the block, with `consequence` and what to do."""
    from google.auth import exceptions
    from googleapiclient.errors import HttpError
    from httplib2.error import HttpLib2Error

    try:
        yield
    except HttpError as reason:
        raise _refused(reason, consequence) from None
    except (exceptions.TransportError, HttpLib2Error, OSError) as reason:
        raise OperationError(
            f"Google Cloud can't be reached: {reason}", consequence, "See that this machine is online."
        ) from None
    except exceptions.RefreshError as reason:
        cause = f"The credentials for Google Cloud on this machine are not taken any more: {reason}"
        raise OperationError(cause, consequence, LOG_IN) from None
    except exceptions.GoogleAuthError as reason:
        cause = f"This machine has no credentials for Google Cloud: {reason}"
        raise OperationError(cause, consequence, LOG_IN) from None


def _refused(reason: Any, consequence: str) -> OperationError:
    """What to tell of an answer of Google that says no (googleapiclient's HttpError)."""
    status, said = int(reason.resp.status), str(reason.reason).strip()
    if status == 401:
        return OperationError("Google Cloud does not know the credentials of this machine.", consequence, LOG_IN)
    fix = "Use an account that may do it (`gcloud auth list` shows who you are), or have it allowed."
    if status == 403 and ("has not been used in project" in said or "is disabled" in said):
        fix = "make bootstrap of the environment turns the project's APIs on."
    return OperationError(f"Google Cloud refused ({status}): {said}", consequence, fix)


def _not_installed(reason: ModuleNotFoundError) -> OperationError:
    return OperationError(
        f"{reason.name} is not installed here, and the environment is in Google Cloud.",
        "The cloud can't be asked, so nothing was done.",
        NOT_HERE,
    )

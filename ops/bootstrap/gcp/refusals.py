"""What the errors of Google and of its libraries mean for who runs `make bootstrap`."""

from __future__ import annotations

import re
from typing import TypeAlias

from google.auth import exceptions
from googleapiclient.errors import HttpError
from httplib2.error import HttpLib2Error

from infra.gcp.shared import Shared
from infra.settings_clouds import Gcp
from ops.bootstrap.gcp.account import FailedError
from ops.bootstrap.gcp.bucket import taken
from ops.cloud.gcp.api import LOG_IN

ERRORS = (HttpError, FailedError, exceptions.GoogleAuthError, HttpLib2Error, OSError)
Refusal: TypeAlias = HttpError | FailedError | exceptions.GoogleAuthError | HttpLib2Error | OSError
LONGEST = 400  # characters of Google's own sentence
OFF = re.compile(r"has not been used in project|is disabled|SERVICE_DISABLED")
UNPAID = re.compile(r"[Bb]illing (must be enabled|account)|UREQ_PROJECT_BILLING")
# What was made a moment ago may not be there yet for the next call: an account in a policy, an API that was turned on.
NOT_YET = re.compile(r"does not exist|[Nn]ot found|concurrent|ABORTED|is not ready")
ADDRESSES = {"serviceusage": "/services:batchGet", "storage": "/storage/v1/b"}
STATUS = {7: 403, 9: 400}  # google.rpc.Code -> the status that a call of the same kind is answered with


def soon(error: Exception) -> bool:
    """Whether the same call may well succeed in some seconds."""
    if not isinstance(error, HttpError):
        return False
    status, text = error.resp.status, _sentence(error)
    return bool(
        status == 404
        or (status in (400, 409) and NOT_YET.search(text))
        or (status == 403 and (OFF.search(text) or "denied on Cloud KMS key" in text))
    )


def why(error: Refusal, settings: Gcp) -> tuple[str, str]:
    """The cause in words, and what mends it."""
    if isinstance(error, HttpError | FailedError):
        return _answer(error, settings)
    text = " ".join(str(error).split())[:LONGEST]
    if isinstance(error, exceptions.TransportError | HttpLib2Error):
        return f"Google Cloud can't be reached: {text}", "See that this machine gets out to googleapis.com"
    if isinstance(error, exceptions.RefreshError):
        return f"The credentials for Google Cloud on this machine are not taken any more: {text}", LOG_IN
    if isinstance(error, exceptions.GoogleAuthError):
        return f"This machine has no credentials for Google Cloud: {text}", LOG_IN
    if isinstance(error, TimeoutError | ConnectionError):
        return f"Google Cloud can't be reached: {text}", "See that this machine gets out to googleapis.com"
    return f"This machine can't do it: {text}", "See what that sentence asks for"


def _answer(error: HttpError | FailedError, settings: Gcp) -> tuple[str, str]:
    status = error.resp.status if isinstance(error, HttpError) else STATUS.get(error.code, 500)
    asked, text, project = _asked(error), _sentence(error), settings.project
    if status == 401:
        return "Google Cloud does not know the credentials of this machine.", LOG_IN
    if "quota project" in text:
        return f"Google does not know for which project to count the calls: {text}", (
            f"gcloud auth application-default set-quota-project {project}"
        )
    if UNPAID.search(text):
        link = f"gcloud billing projects link {project} --billing-account={settings.billing_account}"
        return f"The project {project} has no billing account, and Google wants one: {text}", link
    if OFF.search(text):
        service = next(iter(re.findall(r"[a-z]+\.googleapis\.com", text)), "serviceusage.googleapis.com")
        return f"An API that bootstrap asks is off: {text}", f"gcloud services enable {service} --project={project}"
    if asked == "serviceusage" and status in (403, 404):
        return (
            f"There is no project {project} that you may set up: it does not exist, or you may not see it. {text}",
            f"gcloud projects list shows yours. Correct `gcp:project`, or make it: gcloud projects create {project}",
        )
    if status == 409 and asked == "storage":
        foreign = taken(Shared.of(settings).bucket, project)
        return foreign.cause, foreign.fix
    if status == 409:
        return f"Google answers {status}: {text}", (
            "It was made by somebody else just now, or by a call whose answer was lost: look again"
        )
    if status == 403:
        return f"You may not do that: {text}", (
            f"Use an account that may, such as an owner of the project {project} (`gcloud auth list` shows who you "
            "are); an organization's policy may forbid it, too"
        )
    return f"Google answers {status}: {text}", "See what that sentence asks for"


def _sentence(error: HttpError | FailedError) -> str:
    said = str(error.reason) if isinstance(error, HttpError) else str(error)
    details = f" {error.error_details}" if isinstance(error, HttpError) and error.error_details else ""
    return " ".join(f"{said}{details if OFF.search(details) or UNPAID.search(details) else ''}".split())[:LONGEST]


def _asked(error: HttpError | FailedError) -> str:
    """Which of the services was asked that have answers of their own, by the address."""
    address = str(error.uri) if isinstance(error, HttpError) else ""
    return next((service for service, part in ADDRESSES.items() if part in address), "")

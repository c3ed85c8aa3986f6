"""AWS as this machine sees it: clients for an environment's region, and whose account they work on."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra import documents
from infra.problems import SettingsError
from infra.seen import mapping
from ops.environment import Environment
from ops.errors import OperationError

LOG_IN = (
    "Log in the way your account has it: `aws sso login`, or `export AWS_PROFILE=<one of ~/.aws/config>`, or "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of a role. `aws sts get-caller-identity` shows who you are."
)
# Seconds. What can't be reached is told soon, and not after botocore's minute for each of five attempts.
CONNECT, READ = 5, 30


@dataclass(frozen=True)
class Identity:
    """Who is asking: `account`, a number of twelve digits; `who`, the ARN of a user or a role."""

    account: str
    who: str


def client(environment: Environment, service: str) -> Any:
    """A boto3 client for the environment's region. Raises OperationError without boto3 or its profile."""
    try:
        import boto3  # noqa: F401 - looked for here, and used below
        from botocore.config import Config
    except ModuleNotFoundError as reason:
        raise OperationError(
            f"{reason.name} is not installed here, and {environment.name!r} is in a cloud.",
            "The cloud can't be asked, so nothing was done.",
            "locks/install.sh base aws",
        ) from None
    said = configured(environment)
    patience = Config(connect_timeout=CONNECT, read_timeout=READ, retries={"mode": "standard", "max_attempts": 3})
    with asking():
        return _session(said.get("aws:profile"), said.get("aws:region")).client(service, config=patience)


@cache
def _session(profile: str | None, region: str | None) -> Any:
    """One for all clients of an environment: each reads AWS's models once, which are large."""
    import boto3

    return boto3.Session(profile_name=profile, region_name=region)


def files() -> list[Path]:
    """Where this machine's credentials may lie in clear."""
    return [Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()]


def configured(environment: Environment) -> Mapping[str, Any]:
    """What the stack file says, as it stands there: for the keys that are Pulumi's own."""
    return mapping(mapping(documents.read(environment.stack, SettingsError)).get("config"))


def identity(environment: Environment) -> Identity:
    """Who this machine is in the environment's cloud. Raises OperationError for nobody, or for the wrong account."""
    sts = client(environment, "sts")
    with asking():
        said = sts.get_caller_identity()
    allowed = [str(account) for account in configured(environment).get("aws:allowedAccountIds") or ()]
    if allowed and said["Account"] not in allowed:
        raise OperationError(
            f"You are {said['Arn']}; {environment.name!r} is for the account {', '.join(allowed)}.",
            "Nothing was done.",
            LOG_IN,
        )
    return Identity(said["Account"], said["Arn"])


@contextmanager
def asking(consequence: str = "Nothing was done.") -> Iterator[None]:
    """Makes an OperationError of whatever boto3 raises in the block, with `consequence` and what to do."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
    from botocore.exceptions import ConnectionError as NoConnectionError

    try:
        yield
    except ClientError as reason:
        raise _refused(reason.response.get("Error", {}), str(reason), consequence) from None
    except (NoConnectionError, HTTPClientError) as reason:
        raise OperationError(
            f"AWS can't be reached: {reason}", consequence, "See that this machine is online."
        ) from None
    except BotoCoreError as reason:
        raise OperationError(f"This machine has no credentials for AWS: {reason}", consequence, LOG_IN) from None


def _refused(error: Mapping[str, Any], text: str, consequence: str) -> OperationError:
    """What to tell of an answer of AWS that says no."""
    match error.get("Code"):
        case "ExpiredToken" | "ExpiredTokenException":
            cause, fix = "The credentials for AWS on this machine have expired.", LOG_IN
        case "InvalidClientTokenId" | "UnrecognizedClientException" | "AuthFailure" | "SignatureDoesNotMatch" as code:
            cause, fix = f"AWS does not know the credentials of this machine ({code}).", LOG_IN
        case "RequestExpired" | "RequestTimeTooSkewed":
            cause, fix = f"AWS finds this machine's clock wrong: {text}", "timedatectl set-ntp true"
        case _:
            cause = f"AWS refused: {text}"
            fix = "Use a role that may do it (`aws sts get-caller-identity` shows who you are), or have it allowed."
    return OperationError(cause, consequence, fix)

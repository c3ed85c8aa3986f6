"""What AWS's and botocore's errors mean for who runs `make bootstrap`. No message of theirs about signatures is shown:
it repeats the request."""

from __future__ import annotations

from typing import TypeAlias

from botocore import exceptions

from infra.aws.shared import Shared
from ops.bootstrap.aws.bucket import taken

EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
UNKNOWN = {
    "AuthFailure",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
DENIED = {"403", "AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
Refusal: TypeAlias = exceptions.BotoCoreError | exceptions.ClientError | OSError
LONGEST = 400  # characters of AWS's own sentence
THERE = {"AlreadyExistsException", "BucketAlreadyOwnedByYou", "EntityAlreadyExists"}
CREDENTIALS = (
    exceptions.ConfigNotFound,
    exceptions.ConfigParseError,
    exceptions.CredentialRetrievalError,
    exceptions.InvalidConfigError,
    exceptions.LoginError,
    exceptions.PartialCredentialsError,
    exceptions.ProfileNotFound,
    exceptions.RefreshWithMFAUnsupportedError,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
    exceptions.UnknownCredentialError,
)
NETWORK = (exceptions.ConnectionError, exceptions.HTTPClientError)
LOG_IN = (
    "aws sso login, or export AWS_PROFILE=<a profile of ~/.aws/config>. Who you are then: aws sts get-caller-identity"
)


def why(error: Refusal, region: str, shared: Shared | None) -> tuple[str, str]:
    """The cause in words, and what mends it. `shared`: None before we know who we are."""
    if isinstance(error, exceptions.ClientError):
        return _answer(error, region, shared)
    if isinstance(error, exceptions.NoCredentialsError):
        return "There are no AWS credentials on this machine that boto3 finds.", LOG_IN
    text = " ".join(str(error).split())[:LONGEST]
    if isinstance(error, OSError):
        return f"This machine can't do it: {text}", "See what that sentence asks for"
    if isinstance(error, CREDENTIALS):
        return f"The AWS credentials of this machine can't be used: {text}", LOG_IN
    if isinstance(error, NETWORK):
        return f"AWS can't be reached: {text}", f"See that {region} is a region of AWS, and that this machine gets out"
    return f"boto3 can't do it: {type(error).__name__}: {text}", "See what that sentence asks for"


def _answer(error: exceptions.ClientError, region: str, shared: Shared | None) -> tuple[str, str]:
    code, call = error.response["Error"]["Code"], error.operation_name
    said = f"AWS answers {call} with {code}"
    if code in EXPIRED:
        return f"Your AWS credentials have expired: {said}.", LOG_IN
    if code in UNKNOWN:
        return (
            f"AWS does not know your credentials in {region}: {said}.",
            f"{LOG_IN}\nIf they are right, {region} may have to be switched on: aws account enable-region "
            f"--region-name {region}",
        )
    text = " ".join(str(error.response["Error"].get("Message", "")).split())[:LONGEST]
    if code in DENIED:
        fix = "Use an identity that may do that, such as an administrator's; an organization's SCP may forbid it, too"
        return f"You may not do {call}: {text or code}", fix
    if code == "BucketAlreadyExists" and shared is not None:
        foreign = taken(shared.bucket, shared.account)
        return foreign.cause, foreign.fix
    if code in THERE:
        return (
            f"{said}: {text}",
            "It was made by somebody else just now, or by a call whose answer was lost: look again",
        )
    return f"{said}: {text}", "See what that sentence asks for"

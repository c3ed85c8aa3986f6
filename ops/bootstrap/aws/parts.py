"""AWS as ops/bootstrap/work.py asks it: who we are there, the parts in their order, and its errors in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra.settings import Settings
from ops.bootstrap import stack_file
from ops.bootstrap.aws import bucket, github, key, refusals
from ops.bootstrap.aws.account import Account
from ops.bootstrap.change import Change

TITLE = "Account"
ERRORS = (BotoCoreError, ClientError, OSError)
# What was made a moment ago may not be there yet for the next call. Seconds to wait for it.
WAIT = 30.0
SOON = {"EntityTemporarilyUnmodifiable", "NoSuchBucket", "NoSuchEntity", "NotFoundException", "OperationAborted"}


def enter(settings: Settings, path: Path) -> Account:  # noqa: ARG001 - another cloud's part reads the file
    """Asks who we are. Raises ERRORS."""
    return Account.open(settings.region)


def where(account: Account) -> str:
    """In which account, as whom and in which region."""
    return f"the account {account.shared.account}, as {account.caller}, in {account.shared.region}"


def parts(account: Account, settings: Settings, path: Path) -> dict[str, Callable[[], Iterator[Change]]]:
    """By its title, what looks for the changes that a part lacks; the later ones need the earlier ones."""
    found: dict[str, Callable[[], Iterator[Change]]] = {
        "Key": lambda: key.changes(account),
        "Bucket": lambda: bucket.changes(account),
    }
    if settings.repository:
        found["GitHub"] = lambda: github.changes(account, settings)
    lines = {stack_file.PROVIDER: account.shared.secrets_provider, stack_file.BACKEND: account.shared.backend}
    found["Stack file"] = lambda: stack_file.changes(path, lines)
    return found


def soon(error: Exception) -> bool:
    """Whether the same call may well succeed in some seconds."""
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in SOON


def why(error: refusals.Refusal, settings: Settings, account: Account | None) -> tuple[str, str]:
    """The cause in words, and what mends it."""
    return refusals.why(error, settings.region, account.shared if account else None)

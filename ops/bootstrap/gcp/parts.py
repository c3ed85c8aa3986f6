"""Google Cloud as ops/bootstrap/work.py asks it: whose project it is, the parts in their order, its errors in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from infra.settings import Settings
from infra.settings_clouds import Gcp
from ops.bootstrap import stack_file
from ops.bootstrap.change import Change
from ops.bootstrap.gcp import apis, bucket, github, key, policies, refusals
from ops.bootstrap.gcp.account import Account

TITLE = "Project"
ERRORS = refusals.ERRORS
WAIT = 120.0  # seconds, for rights and APIs that were given a moment ago
soon = refusals.soon


def enter(settings: Settings, path: Path) -> Account:
    """Whose project it is, and which of its APIs are on. Raises ERRORS, or OperationError without credentials."""
    assert isinstance(settings, Gcp), "work.py chose this package by them"
    account = Account.open(settings, path)
    apis.see(account, settings)
    return account


def where(account: Account) -> str:
    """In which project, as whom and in which region."""
    return f"the project {account.shared.project}, as {account.caller}, in {account.shared.region}"


def parts(account: Account, settings: Settings, path: Path) -> dict[str, Callable[[], Iterator[Change]]]:
    """By its title, what looks for the changes that a part lacks; the later ones need the earlier ones."""
    assert isinstance(settings, Gcp), "work.py chose this package by them"
    lines = {stack_file.PROVIDER: account.shared.secrets_provider, stack_file.BACKEND: account.shared.backend}
    found: dict[str, Callable[[], Iterator[Change]]] = {
        "APIs": lambda: apis.changes(account, settings),
        "Billing": lambda: apis.billing(account, settings),
        "Key": lambda: key.changes(account),
        "Bucket": lambda: bucket.changes(account),
    }
    if settings.repository:
        found["GitHub"] = lambda: github.changes(account, settings)
        lines["shoestring:identity_pool"] = policies.pool(account.number)
    found["Stack file"] = lambda: stack_file.changes(path, lines)
    return found


def why(error: refusals.Refusal, settings: Gcp, account: Account | None) -> tuple[str, str]:  # noqa: ARG001 - as AWS's
    """The cause in words, and what mends it."""
    return refusals.why(error, settings)

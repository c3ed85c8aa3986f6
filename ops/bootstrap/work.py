"""`bootstrap`: looks, shows what it would make, asks, makes it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from infra.aws.shared import Shared
from infra.settings import Settings
from ops import consent, lock, processes, stacks
from ops.bootstrap import bucket, github, key, refusals, stack_file
from ops.bootstrap.account import Account, Change
from ops.environment import Environment
from ops.steps import Steps

# What was made a moment ago may not be there yet for the next call. Seconds to wait for it, and between two tries.
SOON = {"EntityTemporarilyUnmodifiable", "NoSuchBucket", "NoSuchEntity", "NotFoundException", "OperationAborted"}
WAIT, PAUSE = 30.0, 1.5

Parts = dict[str, list[Change]]


def run(name: str, given: bool, steps: Callable[[], Steps], directory: Path = stacks.STACKS) -> str:
    """Returns in sentences what is there now. `steps` makes a list of steps: one before the question, one after.

    Raises OperationError or SettingsError; what was made till then stays, and another run goes on from it.
    """
    path = stacks.file(name, directory)
    settings = Settings.load(path)
    environment = Environment(name, directory / name, directory.parent / ".shoestring" / name)
    with lock.held(environment, "bootstrap"):
        account, parts = _look(settings, path, steps)
        if not any(parts.values()):
            return f"Everything is there, and was left as it is.\n{_next(account.shared, settings)}"
        sys.stdout.write(_told(account, settings, parts) + "\n")
        if not given:
            again = f"make bootstrap ENV={name} YES=1"
            consent.ask("make it", "Nothing was made and nothing was changed.", again)
        made: list[str] = []
        with steps() as list_of, _in_words(settings, made, account.shared):
            for title, changes in parts.items():
                if changes:
                    with list_of.step(title) as step:
                        for change in changes:
                            step.progress(change.says)
                            _carry_out(change)
                            made.append(change.says)
                        step.note(f"{len(changes)} made")
    return _next(account.shared, settings)


def _look(settings: Settings, path: Path, steps: Callable[[], Steps]) -> tuple[Account, Parts]:
    with steps() as list_of, list_of.step("Account") as step, _in_words(settings, [], None):
        account = Account.open(settings.region)
        step.note(f"{account.shared.account}, {settings.region}")
        parts = {
            "Key": list(key.changes(account)),
            "Bucket": list(bucket.changes(account)),
            "GitHub": list(github.changes(account, settings)) if settings.repository else [],
            "Stack file": list(stack_file.changes(path, account.shared)),
        }
    return account, parts


@contextmanager
def _in_words(settings: Settings, made: list[str], shared: Shared | None) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, OSError) as error:
        raise refusals.told(error, settings.environment, settings.region, made, shared) from None


def _carry_out(change: Change) -> None:
    tries = int(WAIT / PAUSE)
    for left in reversed(range(tries)):
        try:
            change.call()
            return
        except ClientError as error:
            if error.response["Error"]["Code"] not in SOON or not left:
                raise
            processes.pause(PAUSE)


def _told(account: Account, settings: Settings, parts: Parts) -> str:
    lines = [
        f"\nIn the account {account.shared.account}, as {account.caller}, in {settings.region}.",
        "Shared by the environments there, owned by none of them; only what is missing:",
    ]
    lines += [f"  {title:<11} {change.says}" for title, changes in parts.items() for change in changes]
    return "\n".join(lines)


def _next(shared: Shared, settings: Settings) -> str:
    name = settings.environment
    lines = [f"The state of {name!r} is in s3://{shared.bucket}. Commit stacks/Pulumi.{name}.yaml, which says so."]
    if settings.repository:
        lines.append(
            f"GitHub: {settings.repository} may plan by its pull requests. To deploy it needs the environment {name!r} "
            "there, protected: docs/aws.md has the command."
        )
    else:
        lines.append(
            "GitHub gets no access: the file names no repository. To let one plan and deploy, add\n"
            "  shoestring:repository: <owner>/<name>\n"
            "and run this again."
        )
    lines.append(f"With plain pulumi: export PULUMI_BACKEND_URL='{shared.backend}'")
    lines.append(f"Then: make plan ENV={name}, make up ENV={name}")
    return "\n".join(lines)

"""An environment's Pulumi stack, worked on through the CLI: where its state is, `pulumi up`, what it says it made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from infra import documents
from infra.problems import SettingsError
from infra.seen import mapping
from ops.environment import Environment
from ops.errors import OperationError

if TYPE_CHECKING:  # half a second, which verbs that refuse before they need it don't wait
    from pulumi.automation import PulumiCommand, Stack

BACKEND = "PULUMI_BACKEND_URL"
VERSION = "3.260.0"  # of the SDK in locks/aws.in too: an older CLI may not know what the program says
PASSPHRASES = {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"}
LINES_OF_A_FAILURE = 30


def backend(environment: Environment) -> str:
    """The URL of where the environment's state is. Raises OperationError if none is said, or two are."""
    set_here, stated = os.environ.get(BACKEND, ""), environment.settings().backend or ""
    if set_here and stated and set_here != stated:
        raise OperationError(
            f"{BACKEND} is {set_here}, and {environment.stack} says {stated}.",
            "The state would be looked for where it is not, and all be made a second time; so nothing was done.",
            f"unset {BACKEND}",
        )
    if not (set_here or stated):
        raise OperationError(
            f"It is not said where the state of {environment.name!r} is kept.",
            "Nothing was made.",
            f"make bootstrap ENV={environment.name} makes a bucket for it and writes it into {environment.stack}; "
            f"or, for one that you have: export {BACKEND}=... (`pulumi login --help` lists the kinds)",
        )
    return stated or set_here


def secrets_provider(environment: Environment) -> str | None:
    """What encrypts secrets in the state, by the stack file; None leaves it to the backend. Raises OperationError."""
    stated = mapping(documents.read(environment.stack, SettingsError)).get("secretsprovider")
    of_pulumi = backend(environment).startswith("http")
    if stated is None and not of_pulumi and not PASSPHRASES & os.environ.keys():
        raise OperationError(
            f"{environment.stack} names no `secretsprovider`.",
            "Secrets in the state would be encrypted by a passphrase, and there is none; so nothing was made.",
            f"make bootstrap ENV={environment.name} makes a key for it and writes it there",
        )
    return stated


def command(progress: Callable[[str], None] = lambda _text: None) -> PulumiCommand:
    """The Pulumi CLI: of PATH, else installed below ~/.pulumi. Raises OperationError if it can't be had."""
    from pulumi.automation import InvalidVersionError, PulumiCommand
    from semver import VersionInfo

    version = VersionInfo.parse(VERSION)
    by_hand = f"Install {VERSION} from https://www.pulumi.com/docs/iac/download-install/ and put it on PATH"
    try:
        if shutil.which("pulumi"):
            return PulumiCommand(version=version)
        progress(f"installing the Pulumi CLI {VERSION}")
        return PulumiCommand.install(version=version)
    except InvalidVersionError as reason:
        raise OperationError(f"The Pulumi CLI on PATH is not ours: {reason}", "Nothing was made.", by_hand) from None
    except (OSError, subprocess.SubprocessError) as reason:
        raise OperationError(
            f"There is no Pulumi CLI on PATH, and it can't be installed: {_last(reason)}",
            "Nothing was made. What would be, needs none: `make plan`.",
            f"{by_hand}.",
        ) from None


def select(environment: Environment, progress: Callable[[str], None] = lambda _text: None, new: bool = False) -> Stack:
    """The environment's stack; with `new` it is made if it is not there. Raises OperationError."""
    url, provider = backend(environment), secrets_provider(environment)
    cli = command(progress)
    from pulumi import automation

    options = automation.LocalWorkspaceOptions(
        pulumi_command=cli,
        secrets_provider=provider,
        env_vars={BACKEND: url, "PULUMI_SKIP_UPDATE_CHECK": "true", "NO_COLOR": "1"},
    )
    work = automation.create_or_select_stack if new else automation.select_stack
    with running(environment, "Nothing was done."):
        return work(environment.name, work_dir=str(environment.root), opts=options)


def up(environment: Environment, stack: Stack, progress: Callable[[str], None]) -> dict[str, int]:
    """`pulumi up`. Returns how many resources were created, updated and so on. Raises OperationError."""
    consequence = "What was made before that stays, and the state knows it; the same command goes on from there."
    with running(environment, consequence):
        summary = stack.up(on_output=progress, color="never", suppress_outputs=True, show_secrets=False).summary
    return {str(what): count for what, count in (summary.resource_changes or {}).items()}


def outputs(environment: Environment, stack: Stack) -> dict[str, Any]:
    """What the program exported at its last `up`: {footprint, records}. Raises OperationError if it never was."""
    with running(environment, "Nothing was written."):
        found = {name: output.value for name, output in stack.outputs().items()}
    if "footprint" not in found:
        raise OperationError(
            f"The stack {environment.name!r} has no Footprint: it was never brought up.",
            "Nothing was written.",
            f"make up ENV={environment.name}, or: pulumi up --stack {environment.name}",
        )
    return found


@contextmanager
def running(environment: Environment, consequence: str) -> Iterator[None]:
    """Makes an OperationError of a failure of the CLI in the block."""
    from pulumi.automation import CommandError, ConcurrentUpdateError, StackNotFoundError

    try:
        yield
    except StackNotFoundError:
        raise OperationError(
            f"There is no stack {environment.name!r} in {backend(environment)}.",
            "It was never made, or its state is elsewhere. " + consequence,
            f"make up ENV={environment.name}",
        ) from None
    except ConcurrentUpdateError as reason:
        raise OperationError(
            f"Somebody is at work on the stack, or was killed there:\n{_last(reason)}",
            consequence,
            "The lock names who and since when. If they are at work: wait. Only if that process is gone: "
            f"{BACKEND}='{backend(environment)}' pulumi cancel --stack {environment.name}",
        ) from None
    except CommandError as reason:
        raise OperationError(
            f"Pulumi failed:\n{_last(reason)}", consequence, "Mend what it names, and run this again."
        ) from None


def _last(reason: Exception) -> str:
    """The end of what the CLI wrote, which is where its errors are."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(reason))
    return "\n".join([line for line in text.splitlines() if line.strip()][-LINES_OF_A_FAILURE:])

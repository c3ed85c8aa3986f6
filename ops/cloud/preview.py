"""What `pulumi up` would change of what stands, where the CLI, the state and credentials are at hand."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from ops.cloud import stack
from ops.environment import Environment
from ops.errors import OperationError


@dataclass(frozen=True)
class Preview:
    """`diff`: what the CLI wrote; or `skipped`: why it was not asked, or could not answer, in one line.

    `changes`: how many resources it would change, and how, in words; empty if none.
    """

    diff: str = ""
    skipped: str = ""
    changes: str = ""


def of(environment: Environment, refresh: bool = False) -> Preview:
    """With `refresh` the state is compared with the cloud first.

    Never raises for what is not at hand: a plan does not need it, so it says why. No CLI is installed for it.
    """
    if not shutil.which("pulumi"):
        return Preview(skipped="there is no Pulumi CLI on PATH; the plan needs none")
    try:
        selected = stack.select(environment)
        with stack.running(environment, "Nothing was done."):
            found = selected.preview(diff=True, color="never", refresh=refresh)
        counts = {str(what): count for what, count in found.change_summary.items() if str(what) != "same" and count}
        changes = ", ".join(f"{count} to {what}" for what, count in counts.items())
        return Preview(diff=found.stdout.strip(), changes=changes)
    except (OperationError, RuntimeError) as error:  # the SDK's own, when the CLI ends without a summary
        return Preview(skipped=_reason(error.cause if isinstance(error, OperationError) else str(error)))


def _reason(text: str) -> str:
    """The line that says what is wrong: the cause may hold all that the CLI wrote."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith("error:")), (lines or ["it did not say why"])[0])

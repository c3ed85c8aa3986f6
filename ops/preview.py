"""`pulumi preview`, for a plan made where the CLI and the state are at hand: what differs from what is there now."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.environment import Environment

if TYPE_CHECKING:
    from pulumi.automation import Stack

BACKEND = "PULUMI_BACKEND_URL"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Preview:
    """`diff`: what the CLI wrote; or `skipped`: why it was not asked, or could not answer, in one line."""

    diff: str = ""
    skipped: str = ""

    @classmethod
    def of(cls, environment: Environment, backend: str | None) -> Preview:
        """Asks the CLI of PATH about the stack in `backend`. What is not at hand is no error: a plan needs none."""
        url = os.environ.get(BACKEND) or backend
        if not shutil.which("pulumi"):
            return cls(skipped="there is no Pulumi CLI on PATH; the plan needs none")
        if not url:
            return cls(
                skipped=f"no state: {environment.stack.name} has no shoestring:backend, and {BACKEND} is not set"
            )
        if backend and url != backend:
            return cls(skipped=f"{BACKEND} is {url}, and {environment.stack.name} says {backend}")
        return cls._asked(environment, url)

    @classmethod
    def _asked(cls, environment: Environment, url: str) -> Preview:
        from pulumi import automation

        written: list[str] = []
        try:
            stack = _select(environment, url)
            stack.preview(diff=True, color="never", on_output=written.append)
        except automation.StackNotFoundError:
            return cls(skipped=f"there is no stack {environment.name!r} in {url} yet: all of it would be new")
        except (automation.CommandError, automation.InvalidVersionError, OSError, RuntimeError) as reason:
            return cls(skipped=f"Pulumi failed: {_last_line(str(reason))}")
        return cls(diff=COLOUR.sub("", "\n".join(written)).strip())


def _select(environment: Environment, url: str) -> Stack:
    from pulumi import automation

    options = automation.LocalWorkspaceOptions(
        env_vars={BACKEND: url, "PULUMI_SKIP_UPDATE_CHECK": "true", "NO_COLOR": "1"}
    )
    return automation.select_stack(environment.name, work_dir=str(environment.root), opts=options)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in COLOUR.sub("", text).splitlines() if line.strip()]
    return lines[-1] if lines else "it did not say why"

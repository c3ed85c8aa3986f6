"""The S3 gateway's binary as a step of `up`."""

from __future__ import annotations

import sys

from ops import processes
from ops.environment import ROOT
from ops.errors import OperationError
from ops.steps import Step


def build(step: Step) -> None:
    """Has the binary in the cache. Its own process, so that an interrupted `up` ends the Go compiler too."""
    done = processes.run([sys.executable, "-m", "ops.gateway"], cwd=ROOT, on_line=step.progress)
    if done.code != 0:
        said = done.stderr.rpartition("error: ")[2].strip() or f"it ended with code {done.code}"
        raise OperationError(
            f"The S3 gateway's binary can't be had: {said}",
            "No host can hold buckets.",
            "python -m ops.gateway",
        )
    step.note("")

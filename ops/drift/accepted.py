"""What a team accepts: `host_accepted_drift`, with a reason each."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from infra import variables
from ops.drift.finding import Finding
from ops.environment import Environment

VARIABLE = "host_accepted_drift"


def without(environment: Environment, found: Sequence[Finding]) -> tuple[list[Finding], list[str]]:
    """What is left, each once and in order; and the entries that nothing matches any more."""
    entries = variables.read(environment.directory).get(VARIABLE) or []
    patterns = [f"{one['kind']} {one['name']}" for one in entries]
    left = sorted({one for one in found if not any(fnmatchcase(one.key, pattern) for pattern in patterns)})
    unused = [pattern for pattern in patterns if not any(fnmatchcase(one.key, pattern) for one in found)]
    return left, unused

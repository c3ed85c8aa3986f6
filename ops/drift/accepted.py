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
    own = {layer.name for layer in variables.layers(environment.directory) if layer.of == variables.HOST_VARS}
    listed = {host: patterns(environment, host) for host in own | {one.host for one in found}}
    pairs = [(one, pattern) for one in found for pattern in listed[one.host] if fnmatchcase(one.key, pattern)]
    left = sorted(set(found) - {one for one, _ in pairs})
    stated = {pattern for each in [patterns(environment), *listed.values()] for pattern in each}
    return left, sorted(stated - {pattern for _, pattern in pairs})


def patterns(environment: Environment, host: str = "") -> list[str]:
    """`kind name` of each entry that holds for a host; without one, of those that hold for all."""
    entries = variables.of_host(environment.directory, host).get(VARIABLE) or []
    return [f"{one['kind']} {one['name']}" for one in entries]

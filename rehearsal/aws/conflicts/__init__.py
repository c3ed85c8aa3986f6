"""What AWS says of its calls in words only: values and combinations that botocore's model does not exclude."""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.aws.conflicts import machines, network, rds, rest
from rehearsal.aws.conflicts.rule import Conflict, Parameters, blocks

TABLE: dict[str, list[Conflict]] = {**machines.TABLE, **network.TABLE, **rds.TABLE, **rest.TABLE}
"""The conflicts by operation. No two services that are in use have an operation of the same name in it."""


def broken(operation: str, parameters: Parameters) -> Iterator[tuple[str, str]]:
    """The path and the rule of every conflict in a call."""
    for conflict in TABLE.get(operation, []):
        for path, block in blocks(conflict.within, parameters):
            if conflict.breaks(block):
                yield f"{path}.{conflict.path}" if path else conflict.path, f"{conflict.says} ({conflict.source})"

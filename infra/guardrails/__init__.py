"""The guardrails: pure functions over what a program registers, the same in plans, in tests and as a policy pack.

Each file has rules about one subject. A rule has an id, a reason, and a message that names the resource, the limit
and the setting that raises it, where one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from infra import exposure
from infra.exposure import Exposure
from infra.guardrails import cost, database, identity, keys, machines, network, openings, protection, storage, tags
from infra.guardrails.rule import Rule, Verdict
from infra.guardrails.stack import Resource, Stack
from infra.settings import Settings

__all__ = ["RULES", "Resource", "Rule", "Verdict", "check"]

RULES: tuple[Rule, ...] = (
    *storage.RULES,
    *machines.RULES,
    *database.RULES,
    *network.RULES,
    *openings.RULES,
    *identity.RULES,
    *keys.RULES,
    *protection.RULES,
    *tags.RULES,
    *cost.RULES,
)


def check(
    made: Iterable[Resource], settings: Settings, monthly: Decimal, table: Sequence[Exposure] | None = None
) -> list[Verdict]:
    """What every rule says of `made`, which are all custom resources of a stack.

    `monthly`: their fixed costs in US dollars a month. `table`: who may reach what, by default stacks/exposure.yml.
    """
    stack = Stack(made, settings, monthly, exposure.load() if table is None else table)
    return [verdict for rule in RULES for verdict in rule.verdicts(stack)]

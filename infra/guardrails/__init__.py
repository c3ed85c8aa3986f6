"""The guardrails: pure functions over what a program registers, the same in plans, in tests and as a policy pack.

Each cloud has its rules in a package of its own, a file for each subject, the same in both. A rule has an id, a reason,
and a message that names the resource, the limit and the setting that raises it, where one does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from importlib import import_module

from infra import exposure
from infra.exposure import Exposure
from infra.guardrails.rule import Rule, Verdict
from infra.guardrails.stack import Resource, Stack
from infra.settings import Settings

__all__ = ["CLOUDS", "Resource", "Rule", "Verdict", "check", "rules"]


CLOUDS = ("aws", "gcp")


def rules(cloud: str) -> tuple[Rule, ...]:
    """All rules of a cloud."""
    found: tuple[Rule, ...] = import_module(f"infra.guardrails.{cloud}").RULES
    return found


def check(
    made: Iterable[Resource], settings: Settings, monthly: Decimal, table: Sequence[Exposure] | None = None
) -> list[Verdict]:
    """What every rule says of `made`, which are all custom resources of a stack.

    `monthly`: their fixed costs in US dollars a month. `table`: who may reach what, by default stacks/exposure.yml.
    """
    stack = Stack(made, settings, monthly, exposure.load() if table is None else table)
    return [verdict for rule in rules(settings.cloud) for verdict in rule.verdicts(stack)]

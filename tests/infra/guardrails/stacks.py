"""The real program's stacks, and which rules a spoilt one breaks."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from decimal import Decimal

from infra import guardrails
from infra.guardrails import Verdict
from infra.settings import Settings
from rehearsal.program import Resource
from tests.infra.aws import plans as aws
from tests.infra.gcp import plans as gcp
from tests.infra.guardrails.mutations import put, short

MONTHLY = Decimal("24.99")
"""In US dollars: what a stack costs here. What it really costs, tests/infra/prices say."""


@functools.cache
def made(stack: str) -> tuple[Resource, ...]:
    """The custom resources of stacks/Pulumi.<stack>.yaml."""
    plans = gcp if stack.startswith("gcp") else aws
    return tuple(one for one in plans.stack(stack).resources if one.custom)


def faults(resources: Iterable[Resource], settings: Settings, monthly: Decimal = MONTHLY) -> list[Verdict]:
    return [verdict for verdict in guardrails.check(resources, settings, monthly) if not verdict.ok]


@functools.cache
def settings(stack: str) -> Settings:
    return aws.settings(stack)


def failing(stack: str, old: Resource, new: Resource) -> set[str]:
    """The rules that a stack breaks once one of its resources is another."""
    return {verdict.rule for verdict in faults(put(made(stack), old, new), settings(stack))}


def find(stack: str, what: str) -> Resource:
    """The resource of a type whose name ends so: `ec2/instance solo`."""
    type_, _, end = what.partition(" ")
    found = [one for one in made(stack) if short(one.type) == type_ and one.name.endswith(end)]
    assert len(found) == 1, f"{what}: {[one.name for one in found]}"
    return found[0]

"""The violations that are seeded in both clouds' stacks, one for each rule, and what the guardrails say of each."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pytest

from infra import guardrails
from infra.guardrails import CLOUDS
from infra.prices import bill
from infra.prices.table import UnknownPriceError
from rehearsal.program import Resource
from tests.infra.aws import plans as aws
from tests.infra.gcp import plans as gcp
from tests.infra.guardrails import mutations, stacks, worse
from tests.infra.guardrails.gcp import worse as gcp_worse
from tests.infra.guardrails.guarded import GUARDED
from tests.infra.guardrails.spoilt import Case, Spoilt
from tests.policy import wire
from tests.policy.analyzer import Violation

STACKS = ("aws-dev", "aws-prod", "gcp-dev", "gcp-prod")
CEILING = "cost-ceiling"


@dataclass(frozen=True)
class Many:
    """The stack with three machines more like `like`, none of which a setting names."""

    stack: str
    like: str
    rules: str = "cost-hosts"

    def made(self) -> list[Resource]:
        one = stacks.find(self.stack, self.like)
        extra = [replace(one, name=f"{one.name}{end}", urn=f"{one.urn}{end}") for end in "xyz"]
        return [*stacks.made(self.stack), *extra]


@dataclass(frozen=True)
class Stripped:
    """The stack after the first input that tests/infra/guardrails/guarded.py names for a rule was taken away."""

    stack: str
    rules: str

    def made(self) -> list[Resource]:
        ((kind, paths), *_) = GUARDED[self.rules].items()
        type_, _, name = kind.partition(" in ")
        for one in stacks.made(self.stack):
            if mutations.short(one.type) == type_ and name in one.name:
                leaf = next(leaf for leaf in mutations.leaves(one) if leaf.path in paths.split())
                return mutations.put(stacks.made(self.stack), one, mutations.stripped(one, leaf))
        raise LookupError(f"{self.stack} has no {kind}")


Seed = Case | Many | Stripped
SEEDS: dict[str, dict[str, Seed]] = {
    "aws": {
        **worse.WORSE,
        "too many machines": Many("aws-prod", "ec2/instance app2"),
        "a disk for a thousand dollars": Spoilt("aws-dev", "ebs/volume database", "size", 10_000, CEILING, ""),
    },
    "gcp": {
        **gcp_worse.WORSE,
        "too many machines": Many("gcp-prod", "compute/instance app2"),
        "a disk for a thousand dollars": Spoilt("gcp-dev", "compute/disk database", "size", 10_000, CEILING, ""),
    },
}
RULES = [(cloud, rule.id) for cloud in CLOUDS for rule in guardrails.rules(cloud)]
# Half a second each; the others in test-full.
QUICK = ("ec2-imdsv2", "sg-declared", "cost-ceiling", "gce-shielded", "sql-encrypted", "fw-declared")
EACH_RULE = pytest.mark.parametrize(
    ("cloud", "rule"),
    [pytest.param(*one, marks=() if one[1] in QUICK else pytest.mark.full, id="-".join(one)) for one in RULES],
)


def cloud(stack: str) -> str:
    return stack.partition("-")[0]


@functools.cache
def seed(whose: str, rule: str) -> Seed:
    """The first seeded violation that breaks a rule; of some on AWS there is only what test_stripped.py takes away."""
    found = (case for case in SEEDS[whose].values() if rule in case.rules.split())
    return next(found, None) or Stripped(f"{whose}-prod", rule)


def all_of(stack: str, custom: Sequence[Resource] | None = None) -> list[Resource]:
    """All that the engine knows of a stack: its provider, the stack itself, components, and `custom` resources."""
    plans = gcp if cloud(stack) == "gcp" else aws
    ours = [one for one in plans.stack(stack).resources if not one.custom]
    return [wire.provider(stack, cloud(stack)), *ours, *(stacks.made(stack) if custom is None else custom)]


def expected(stack: str, custom: Sequence[Resource]) -> list[Violation]:
    """What the guardrails say of these resources in `make plan`, the bill included, as the pack should."""
    settings, found = stacks.settings(stack), []
    urns = {(one.type, one.name): one.urn for one in custom}
    try:
        monthly = bill.total(bill.monthly(custom, settings), usage=False)
    except UnknownPriceError as unknown:
        monthly = Decimal(0)
        text = f"{unknown} What it costs can't be known, and what can't be known is not made. {unknown.fix}"
        found = [Violation(CEILING, text, "")]
    verdicts = [one for one in guardrails.check(custom, settings, monthly) if not one.ok]
    told = [Violation(one.rule, one.message, urns.get((one.type, one.resource), "")) for one in verdicts]
    return sorted([*found, *told])

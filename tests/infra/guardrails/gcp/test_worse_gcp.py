"""Google Cloud's rules: just those against what somebody did fail, and say so; each has been seen to."""

from __future__ import annotations

import pytest

from infra.guardrails.gcp import RULES
from tests.infra.gcp import plans
from tests.infra.guardrails.gcp.worse import SUBJECTS, WORSE
from tests.infra.guardrails.spoilt import Case
from tests.infra.guardrails.stacks import faults, made, settings
from tests.infra.guardrails.test_worse import said

SEEN_ELSEWHERE = {"cost-ceiling", "cost-hosts"}
"""Rules about numbers: infra/guardrails/limits.py makes them for both clouds, and test_worse.py breaks them."""


@pytest.mark.parametrize("case", WORSE.values(), ids=WORSE)
def test_it_is_found_and_said(case: Case) -> None:
    said(faults(case.made(), settings(case.stack)), set(case.rules.split()), case.says)


@pytest.mark.parametrize("stack", plans.STACKS)
def test_as_it_is_nothing_is_wrong(stack: str) -> None:
    assert [verdict.message for verdict in faults(made(stack), settings(stack))] == []


def test_every_rule_has_been_seen_to_fail() -> None:
    broken = {rule for case in WORSE.values() for rule in case.rules.split()}
    assert {rule.id for rule in RULES} == broken | SEEN_ELSEWHERE
    assert len({rule.id for rule in RULES}) == len(RULES), "an id is one rule's"
    assert len(WORSE) == sum(len(subject) for subject in SUBJECTS), "no case hides another"

"""Google Cloud's rules: just those against what somebody did fail, and say so; each has been seen to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.guardrails.gcp import RULES
from tests.infra.gcp import plans
from tests.infra.guardrails.gcp.worse import SUBJECTS, WORSE
from tests.infra.guardrails.spoilt import Case
from tests.infra.guardrails.stacks import failing, faults, find, made, settings
from tests.infra.guardrails.test_worse import said

SEEN_ELSEWHERE = {"cost-ceiling", "cost-hosts"}
"""Rules about numbers: infra/guardrails/limits.py makes them for both clouds, and test_worse.py breaks them."""


@pytest.mark.parametrize("case", WORSE.values(), ids=WORSE)
def test_it_is_found_and_said(case: Case) -> None:
    said(faults(case.made(), settings(case.stack)), set(case.rules.split()), case.says)


@pytest.mark.parametrize(
    ("what", "accounts", "rules"),
    [
        ("compute/firewall prod-service-in-8443tcp", "sourceServiceAccounts", "fw-declared"),
        ("compute/firewall proxy-service-in-443tcp", "targetServiceAccounts", "fw-declared"),
        ("compute/firewall proxy-service-out-8443tcp", "targetServiceAccounts", "fw-narrow-egress"),
    ],
)
def test_one_account_that_is_declared_hides_none_that_is_not(what: str, accounts: str, rules: str) -> None:
    """A rule may name several: each of them has to be in the table."""
    old = find("gcp-prod", what)
    both = [find("gcp-prod", f"serviceaccount/account {kind}") for kind in ("gcp-prod-proxy-service", "prod-service")]
    new = replace(
        old,
        inputs={**old.inputs, accounts: [one.inputs["accountId"] for one in both]},
        references={**old.references, accounts: [one.urn for one in both]},
    )
    assert failing("gcp-prod", old, new) == set(rules.split())


@pytest.mark.parametrize("stack", plans.STACKS)
def test_as_it_is_nothing_is_wrong(stack: str) -> None:
    assert [verdict.message for verdict in faults(made(stack), settings(stack))] == []


def test_every_rule_has_been_seen_to_fail() -> None:
    broken = {rule for case in WORSE.values() for rule in case.rules.split()}
    assert {rule.id for rule in RULES} == broken | SEEN_ELSEWHERE
    assert len({rule.id for rule in RULES}) == len(RULES), "an id is one rule's"
    assert len(WORSE) == sum(len(subject) for subject in SUBJECTS), "no case hides another"

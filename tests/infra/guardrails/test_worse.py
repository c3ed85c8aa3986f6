"""Both AWS stacks, each with one thing that somebody might do to them: just the rules against it fail, and say so."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from infra.guardrails import Verdict
from infra.guardrails.aws import RULES, dangerous
from infra.settings import Limits
from tests.infra.guardrails.as_good import AS_GOOD
from tests.infra.guardrails.guarded import GUARDED
from tests.infra.guardrails.mutations import closed, opened
from tests.infra.guardrails.spoilt import Case, Spoilt
from tests.infra.guardrails.stacks import failing, faults, find, made, settings
from tests.infra.guardrails.worse import SUBJECTS, WORSE

TOLD_BELOW = {"cost-ceiling", "cost-hosts"}
ACTIONS = sorted({action for actions in dangerous.FORBIDDEN.values() for action in actions})


def said(found: list[Verdict], rules: set[str], words: str) -> None:
    """That these rules fail and no others, and that one of them says so; the form of each message is right."""
    messages = [verdict.message for verdict in found]
    assert {verdict.rule for verdict in found} == rules, messages
    assert any(words in message for message in messages), messages
    for verdict in found:
        assert verdict.message.startswith(f"{verdict.resource}: "), "it names the resource"
        assert "the limit is" in verdict.message, "it names the limit"
        assert (f"`{verdict.setting}` raises it" if verdict.setting else "no setting loosens it") in verdict.message
        assert "canary77" not in verdict.message, "what may be a secret is not repeated"


@pytest.mark.parametrize("case", WORSE.values(), ids=WORSE)
def test_it_is_found_and_said(case: Case) -> None:
    said(faults(case.made(), settings(case.stack)), set(case.rules.split()), case.says)


@pytest.mark.parametrize("case", AS_GOOD.values(), ids=AS_GOOD)
def test_what_is_as_good_passes(case: Spoilt) -> None:
    """A rule that refuses what is right is soon switched off."""
    assert [verdict.message for verdict in faults(case.made(), settings(case.stack))] == []


@pytest.mark.parametrize("monthly", ["0", "30"])
def test_a_month_may_cost_all_of_its_budget(monthly: str) -> None:
    assert faults(made("aws-dev"), settings("aws-dev"), Decimal(monthly)) == []


def test_an_arm64_machine_does_not_run_the_image_even_where_it_is_allowed() -> None:
    case = WORSE["an arm64 machine"]
    allowing = settings(case.stack).model_copy(update={"limits": Limits(machines=["t4g.small"])})
    said(faults(case.made(), allowing), {"cost-machine-types"}, "an amd64 machine, as the image is")


def test_no_case_hides_another() -> None:
    assert len(WORSE) == sum(len(subject) for subject in SUBJECTS)


def test_every_rule_has_been_seen_to_fail() -> None:
    """A rule that no mutation breaks may be one that never fails."""
    broken = {rule for case in WORSE.values() for rule in case.rules.split()}
    assert {rule.id for rule in RULES} == set(GUARDED) | broken | TOLD_BELOW
    assert len({rule.id for rule in RULES}) == len(RULES), "an id is one rule's"


def test_too_many_machines() -> None:
    app2 = find("aws-prod", "ec2/instance app2")
    extra = [replace(app2, urn=app2.urn + str(number)) for number in range(3)]
    said(faults([*made("aws-prod"), *extra], settings("aws-prod")), {"cost-hosts"}, "5 machines; the limit is 4")


@pytest.mark.parametrize("monthly", ["30.01", "-1", "NaN", "Infinity"])
def test_a_month_that_costs_too_much_or_nobody_knows_what(monthly: str) -> None:
    """What can't be priced counts as too dear."""
    found = faults(made("aws-dev"), settings("aws-dev"), Decimal(monthly))
    said(found, {"cost-ceiling"}, f"{monthly} USD a month; the limit is 30 USD, and `shoestring:budget")


@pytest.mark.parametrize("action", ACTIONS)
def test_no_host_may_do_what_is_dangerous(action: str) -> None:
    """By its full name, by a pattern, or in other letters: IAM knows no capitals in actions."""
    what = "iam/rolePolicy database-proxy-service"
    policy = find("aws-dev", what)
    for text in (action, action.upper(), action.removesuffix("*")):
        bad = {"Effect": "Allow", "Action": [text], "Resource": "arn:aws:s3:::b"}
        spoilt = Spoilt("aws-dev", what, "policy/Statement/-", bad, "", "").new()
        assert "iam-nothing-dangerous" in failing("aws-dev", policy, spoilt), text


def test_the_order_of_what_is_registered_changes_nothing() -> None:
    """Pulumi registers resources in whatever order their inputs are known."""
    case = WORSE["private subnets with a way in"]
    found = {verdict.message for verdict in faults(case.made(), settings(case.stack))}
    assert {verdict.message for verdict in faults(reversed(case.made()), settings(case.stack))} == found


@pytest.mark.parametrize("stack", ["aws-dev", "aws-prod"])
def test_what_is_opened_and_closed_is_no_mutation(stack: str) -> None:
    """Else a rule would fail because of how the test writes documents, and not because of what is in them."""
    for one in made(stack):
        new = replace(one, inputs=closed(opened(one.inputs)))
        assert failing(stack, one, new) == set(), one.name

"""The budget of an environment: whose costs it counts, and whom it tells when."""

from __future__ import annotations

import pytest

from tests.infra.aws import plans


@pytest.mark.parametrize("stack", plans.STACKS)
def test_it_counts_this_environment_by_the_month(stack: str) -> None:
    (budget,) = plans.of(plans.stack(stack), "Budget")
    inputs, wanted = budget.inputs, plans.settings(stack).budget
    assert (inputs["budgetType"], inputs["timeUnit"]) == ("COST", "MONTHLY")
    assert (inputs["limitAmount"], inputs["limitUnit"]) == (str(wanted.monthly_usd), "USD")
    assert inputs["costFilters"] == [{"name": "TagKeyValue", "values": [f"user:environment${stack}"]}], (
        "another environment's costs would raise this one's alarm"
    )
    assert inputs["tags"]["environment"] == stack, "the tag that it counts by is the one that everything carries"


@pytest.mark.parametrize("stack", plans.STACKS)
def test_it_writes_before_the_money_is_spent(stack: str) -> None:
    (budget,) = plans.of(plans.stack(stack), "Budget")
    letters = {one["notificationType"]: one for one in budget.inputs["notifications"]}
    assert {kind: letter["threshold"] for kind, letter in letters.items()} == {"ACTUAL": 80, "FORECASTED": 100}
    for letter in letters.values():
        assert letter["subscriberEmailAddresses"] == plans.settings(stack).budget.emails, "nobody would know"
        assert (letter["comparisonOperator"], letter["thresholdType"]) == ("GREATER_THAN", "PERCENTAGE")

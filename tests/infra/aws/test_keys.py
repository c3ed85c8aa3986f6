"""The key of an environment, as both stacks register it."""

from __future__ import annotations

import json

import pytest

from tests.infra.aws import plans


@pytest.mark.parametrize("stack", plans.STACKS)
def test_one_key_that_rotates_and_is_hard_to_lose(stack: str) -> None:
    (key,) = plans.of(plans.stack(stack), "Key")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["rotationPeriodInDays"] == 365, "the first two add a dollar a month each"
    assert key.inputs["deletionWindowInDays"] == 30, "the most there is: without the key all data is gone"
    assert key.options.get("protect")


@pytest.mark.parametrize("stack", plans.STACKS)
def test_its_policy_names_this_account_and_region(stack: str) -> None:
    (key,) = plans.of(plans.stack(stack), "Key")
    account, logs = json.loads(key.inputs["policy"])["Statement"]
    assert plans.ACCOUNT in account["Principal"]["AWS"]
    assert logs["Principal"]["Service"] == f"logs.{plans.REGION}.amazonaws.com"
    (condition,) = logs["Condition"]["ArnLike"].values()
    assert condition == f"arn:aws:logs:{plans.REGION}:{plans.ACCOUNT}:*"


@pytest.mark.parametrize("stack", plans.STACKS)
def test_it_has_an_alias_that_people_know_it_by(stack: str) -> None:
    made = plans.stack(stack)
    (alias,), (key,) = plans.of(made, "Alias"), plans.of(made, "Key")
    assert alias.inputs["namePrefix"] == f"alias/{stack}-data-", "KMS wants the word; a whole name could be taken"
    assert alias.inputs["targetKeyId"].startswith(key.name)


def test_a_throwaway_environments_key_can_go() -> None:
    (key,) = plans.of(plans.changed("aws-dev", deletion_protection=False)[1], "Key")
    assert "protect" not in key.options

"""The policy pack in a process of its own, asked as Pulumi's engine asks it: it says what the guardrails say.

What can't be shown here is Pulumi itself: `pulumi up --policy-pack policy` needs its CLI.
"""

from __future__ import annotations

import pytest
import yaml
from pulumi.runtime.proto import analyzer_pb2 as proto

from infra import guardrails, stack_file
from tests.policy import analyzer, seeded
from tests.policy.analyzer import PACK, ROOT
from tests.policy.conftest import Run
from tests.policy.seeded import EACH_RULE, STACKS

EVERY_STACK = pytest.mark.parametrize("stack", STACKS)


@EVERY_STACK
def test_a_stack_as_it_is_breaks_nothing(pack: Run, stack: str) -> None:
    """With all that providers read back: nobody asked for that, and no rule is about it."""
    assert pack(stack).violations(seeded.all_of(stack)) == []


@EACH_RULE
def test_what_breaks_a_rule_is_a_violation_of_its_policy(pack: Run, cloud: str, rule: str) -> None:
    """It has the rule's name, its message and the resource's urn; nothing else is reported, and all of it stops."""
    case = seeded.seed(cloud, rule)
    resources = case.made()
    found = pack(case.stack).violations(seeded.all_of(case.stack, resources))
    assert rule in {one.policy for one in found}
    assert found == seeded.expected(case.stack, resources)


def test_there_is_a_policy_for_each_rule_and_one_that_notes_inputs(pack: Run) -> None:
    info = pack("aws-dev").info()
    rules = {rule.id for cloud in guardrails.CLOUDS for rule in guardrails.rules(cloud)}
    names = [one.name for one in info.policies]
    assert set(names) == rules | {"inputs"}
    assert len(names) == len(rules) + 1
    kinds = {one.name for one in info.policies if one.policy_type == proto.POLICY_TYPE_RESOURCE}
    assert kinds == {"inputs"}
    ours = {rule.id for rule in guardrails.rules("aws")}
    assert {one.name for one in info.policies if one.enforcementLevel == proto.MANDATORY} == ours | {"inputs"}
    assert {one.name for one in info.policies if one.enforcementLevel == proto.DISABLED} == rules - ours


@pytest.mark.parametrize("stack", ["aws-dev", "gcp-dev"])
def test_a_policy_gives_its_own_cloud_s_reason(pack: Run, stack: str) -> None:
    reasons = {one.name: one.description for one in pack(stack).info().policies}
    assert {rule.id: rule.reason for rule in guardrails.rules(seeded.cloud(stack))}.items() <= reasons.items()


@pytest.mark.parametrize("stack", ["aws-prod", "gcp-prod"])
def test_without_what_was_noted_the_providers_answers_would_be_judged(stack: str) -> None:
    """Which is why it is noted. A `--target` leaves resources out, of which the engine knows these answers alone."""
    config = stack_file.read(ROOT / "stacks" / f"Pulumi.{stack}.yaml")
    with analyzer.running(stack, config) as alone:
        assert alone.violations(seeded.all_of(stack), noted=False) != []
        assert alone.violations(seeded.all_of(stack)) == []


BAD = {
    "a tier that is none": ("aws-dev", {"shoestring:tier": "test"}, "shoestring:tier", "dev"),
    "a setting that is none": ("gcp-dev", {"shoestring:hots": []}, "shoestring:hots", "shoestring:hosts"),
    "a budget of nothing": ("gcp-prod", {"shoestring:budget": {"monthly_usd": 0}}, "budget.monthly_usd", "from 1"),
    "another's name": ("aws--dev", {}, "(the file's name)", "single hyphens"),
}


@pytest.mark.parametrize(("stack", "wrong", "where", "expects"), BAD.values(), ids=BAD)
def test_bad_settings_are_told_in_words(stack: str, wrong: dict[str, object], where: str, expects: str) -> None:
    """The pack does not start, so nothing is made; and it says why as every verb does."""
    file = ROOT / "stacks" / f"Pulumi.{stack.replace('--', '-')}.yaml"
    process = analyzer.start(analyzer.environment(stack, {**stack_file.read(file), **wrong}))
    port, said = process.communicate(timeout=analyzer.SECONDS)
    assert (port, process.returncode) == ("", 1)
    assert "nothing was contacted or changed" in said
    assert where in said
    assert expects in said
    assert "Traceback" not in said


def test_without_a_stack_it_tells_its_policies_and_judges_nothing() -> None:
    """As `pulumi policy publish` asks it."""
    with analyzer.running("", {}) as alone:
        assert len(alone.info().policies) > len(guardrails.rules("aws"))
        assert alone.violations(seeded.SEEDS["aws"]["an arm64 machine"].made()) == []


def test_pulumi_finds_its_environment() -> None:
    document = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text())
    assert document["runtime"] == {"name": "python", "options": {"virtualenv": ".venv"}}
    assert (PACK / ".venv/bin/python").exists()
    assert (PACK / "__main__.py").exists()

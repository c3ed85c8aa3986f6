"""`up` in a cloud makes nothing that was not judged, and nothing with settings that are the examples' own."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infra import public
from infra.footprint import Footprint
from infra.guardrails import Verdict
from infra.prices import bill
from infra.problems import SettingsError
from ops import plan
from ops import up as verb
from ops.cloud import blanks, footprint, guard, reach, stack, up
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps
from rehearsal.program import Resource
from tests.ops.cloud import outputs
from tests.ops.cloud.cli import Cli
from tests.ops.cloud.conftest import write_stack

GOOD = Verdict("s3-private", "Because.", "aws:s3/bucket:Bucket", "aws-dev-backups", True)
BAD = Verdict("cost", "No surprise.", "aws:ec2/instance:Instance", "aws-dev-solo", False, "it is 900 USD", "budget")


@pytest.mark.parametrize(
    ("name", "changed", "values"),
    [
        ("aws-dev", {"budget": {"monthly_usd": 30, "emails": ["ops@example.com"]}}, ["ops@example.com"]),
        ("aws-prod", {}, ["predict.example.com"]),
        ("aws-dev", {"ssh": "direct", "admin_cidrs": ["203.0.113.0/24"]}, ["203.0.113.0/24"]),
    ],
    ids=["mail", "name", "network"],
)
def test_example_values_make_nothing(root: Path, name: str, changed: dict[str, Any], values: list[str]) -> None:
    write_stack(root, name, **changed)
    with pytest.raises(SettingsError) as caught:
        blanks.check(Environment.resolve(name, root))
    assert [problem.found for problem in caught.value.problems] == [f'the example value "{one}"' for one in values]
    assert "nothing was contacted or changed" in str(caught.value)


def test_values_of_ones_own_are_taken(dev: Environment) -> None:
    blanks.check(dev)


def test_our_own_stacks_are_examples_until_filled_in() -> None:
    for name in ("aws-dev", "aws-prod"):
        with pytest.raises(SettingsError):
            blanks.check(Environment.resolve(name))


def test_a_bad_verdict_makes_nothing(dev: Environment) -> None:
    with pytest.raises(OperationError) as caught:
        guard.check(dev, lambda _environment: [GOOD, BAD])
    assert "cost: it is 900 USD. No surprise." in caught.value.cause
    assert "s3-private" not in caught.value.cause
    assert caught.value.consequence == "Nothing was made or changed."
    assert guard.check(dev, lambda _environment: [GOOD, GOOD]) == 2


def test_rules_that_looked_at_nothing_are_no_approval(dev: Environment) -> None:
    with pytest.raises(OperationError, match="judged nothing"):
        guard.check(dev, lambda _environment: [])


def test_without_a_price_nothing_is_made(dev: Environment) -> None:
    unheard_of = Resource("urn", "aws:new/thing:Thing", "dear", "", True, {})
    with pytest.raises(OperationError, match="dear") as caught:
        plan.judged([unheard_of], dev.settings())
    assert "what can't be known is not made" in caught.value.consequence


def test_the_real_rules_judge_the_real_program(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bill, "total", lambda _lines, **_only: Decimal(100_000))
    verdicts = guard.judged(dev)
    assert len(verdicts) > 50
    assert any("100000" in verdict.message.replace(",", "") for verdict in verdicts if not verdict.ok), "the ceiling"


def test_what_the_hosts_could_not_do_is_told_before_they_are_paid_for(dev: Environment) -> None:
    """The Footprint that is to be, and what is set beside it, are checked together."""
    (dev.directory / "group_vars/all").mkdir(parents=True)
    (dev.directory / "group_vars/all/main.yml").write_text("service_body_max: 1k\n")
    with pytest.raises(SettingsError, match=r"service_body_max"):
        guard.judged(dev)


@pytest.mark.parametrize("name", ["aws-dev", "aws-prod"])
def test_each_of_our_own_stacks_goes_on_to_pulumi_once_it_is_filled_in(root: Path, name: str) -> None:
    """With the default service: its model in the bucket, and its database on the host or managed."""
    write_stack(root, name, names=["predict.acme.dev"] if name == "aws-prod" else None)
    environment = Environment.resolve(name, root)
    blanks.check(environment)
    assert guard.check(environment) > 50


@pytest.mark.parametrize("name", ["aws-dev", "aws-prod"])
def test_what_would_become_of_each_stack_is_a_footprint(dev: Environment, name: str) -> None:
    found = guard.prospect(dev, outputs.of(name) | {"public": {"names": ["predict.acme.dev"]}})
    assert isinstance(found, Footprint)
    assert found.environment == name


def test_without_a_backend_up_makes_nothing(root: Path, cli: Cli) -> None:
    write_stack(root, ssh="direct", admin_cidrs=["198.18.7.0/24"])
    with pytest.raises(OperationError, match="not said where the state"):
        verb.run(Environment.resolve("aws-dev", root), Steps())
    assert cli.calls == []
    assert not (root / "stacks/aws-dev").exists(), "not even a vault"


def test_a_certificate_that_is_not_there_is_told_before_anything_is_made(root: Path) -> None:
    write_stack(root, certificate="files", names=["predict.acme.dev"])
    environment = Environment.resolve("aws-dev", root)
    environment.vault.parent.mkdir(parents=True)
    with pytest.raises(SettingsError, match=r"public/certificate\.pem"):
        public.check(environment.directory, up.public(environment), None)
    write_stack(root)
    assert up.public(environment) == {"names": [], "certificate": "internal"}


@pytest.mark.usefixtures("account")
def test_the_steps_come_in_their_order(stated: Environment, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    cli.says("stack-output", {"footprint": {"environment": "aws-dev"}, "records": ["predict. 300 IN A 18.196.7.9"]})

    def does(step: str, result: Any = None) -> Callable[..., Any]:
        def work(*_arguments: Any) -> Any:
            done.append(step)
            return result

        return work

    monkeypatch.setattr(guard, "check", does("guard", 3))
    monkeypatch.setattr(footprint, "write", does("footprint", Path("footprint.json")))
    monkeypatch.setattr(reach, "wait", does("reach"))
    monkeypatch.setattr(stack, "up", does("pulumi", {"create": 3, "same": 40}))
    with Steps() as steps:
        warned: list[str] = []
        monkeypatch.setattr(steps, "warn", warned.append)
        up.make(stated, steps)
    assert done == ["guard", "pulumi", "footprint", "reach"]
    assert "predict. 300 IN A 18.196.7.9" in warned[0], "nobody else makes that record"


@pytest.mark.usefixtures("account")
def test_a_refusal_of_the_guardrails_asks_pulumi_nothing(
    stated: Environment, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "judged", lambda _environment: [BAD])
    with pytest.raises(OperationError), Steps() as steps:
        up.make(stated, steps)
    assert cli.calls == []


@pytest.mark.usefixtures("account")
def test_another_account_is_asked_nothing(stated: Environment, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    text = stated.stack.read_text().replace("config:", "config:\n  aws:allowedAccountIds: ['210987654321']")
    stated.stack.write_text(text)
    monkeypatch.setattr(guard, "check", lambda _environment: 1)
    with pytest.raises(OperationError, match="for the account 210987654321"), Steps() as steps:
        up.make(stated, steps)
    assert cli.calls == []


def test_a_summary_says_what_changed() -> None:
    assert up.summary({"create": 3, "same": 40}) == "3 created, 40 as they were"
    assert up.summary({}) == "nothing there"


@pytest.mark.usefixtures("account")
def test_the_footprint_of_a_plain_pulumi_up_is_written_without_making_anything(
    stated: Environment, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Any] = []
    cli.says("stack-output", {"footprint": {"environment": "aws-dev"}})

    def write(_environment: Environment, said: Any, _progress: Any) -> Path:
        written.append(said)
        return Path("footprint.json")

    monkeypatch.setattr(footprint, "write", write)
    with Steps() as steps:
        up.only_footprint(stated, steps)
    assert written == [{"environment": "aws-dev"}]
    assert not any(word in call for call in cli.calls for word in (" up ", " destroy ", " init "))

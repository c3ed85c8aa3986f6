"""`down` in a cloud: nothing without the name typed, the data kept unless its deletion was asked for, costs told."""

from __future__ import annotations

import io
import sys

import boto3
import pytest

from ops.cloud import down, state
from ops.cloud.aws import costs, protection
from ops.environment import Environment
from ops.errors import OperationError
from ops.steps import Steps
from tests.ops.cloud.cli import Cli
from tests.ops.cloud.test_state import recorded

INSTANCE = "i-0123456789abcdef0"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def there(stated: Environment, cli: Cli, account: None) -> Environment:  # noqa: ARG001 - for what it makes
    """`aws-dev`, of which the state says that all is there."""
    resources = recorded("aws-dev")
    for one in resources:
        one["id"] = INSTANCE if one["type"] == protection.INSTANCE else one["id"]
    cli.has(*resources)
    stated.directory.mkdir()
    (stated.directory / "footprint.json").write_text("{}")
    return stated


def verbs(cli: Cli) -> list[str]:
    """What the CLI was asked to change."""
    words = (call.partition("|--non-interactive ")[2].split() for call in cli.calls)
    return [" ".join(word[:2]) if word[0] == "state" else word[0] for word in words if word[0] in ("destroy", "state")]


@pytest.mark.parametrize("confirm", ["", "aws-prod", "yes", "AWS-DEV"])
def test_without_the_name_nothing_is_taken_down(there: Environment, cli: Cli, confirm: str) -> None:
    with pytest.raises(OperationError, match="name") as caught:
        down.run(there, confirm, "", Steps)
    assert caught.value.consequence == "Nothing was taken down."
    assert caught.value.fix == "make down ENV=aws-dev CONFIRM=aws-dev"
    assert verbs(cli) == []
    assert (there.directory / "footprint.json").exists()


def test_the_name_may_be_typed(monkeypatch: pytest.MonkeyPatch, dev: Environment) -> None:
    terminal = io.StringIO("aws-dev\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    down.ask(dev, "", "")
    terminal.seek(0)
    terminal.write("aws-prd\n")
    terminal.seek(0)
    with pytest.raises(OperationError, match="'aws-prd' is not the stack's name"):
        down.ask(dev, "", "")


def test_the_data_is_named_before_the_name_is_asked_for(there: Environment, capsys: Captured) -> None:
    with pytest.raises(OperationError):
        down.run(there, "", "", Steps)
    said = capsys.readouterr().out
    assert "The data stays" in said
    assert "Volume aws-dev-solo-database" in said
    assert "Bucket aws-dev-backups" in said
    assert "DATA=delete deletes it for good" in said


def test_it_is_said_when_the_data_goes_too(there: Environment, capsys: Captured) -> None:
    with pytest.raises(OperationError) as caught:
        down.run(there, "", "delete", Steps)
    assert "BACKUPS AND KEY INCLUDED" in capsys.readouterr().out
    assert caught.value.fix.endswith("CONFIRM=aws-dev DATA=delete")


def test_a_word_for_the_data_that_is_none_is_refused(there: Environment, cli: Cli) -> None:
    with pytest.raises(OperationError, match="DATA=yes is neither keep nor delete"):
        down.run(there, "aws-dev", "yes", Steps)
    assert cli.calls == []


@pytest.mark.parametrize("data", ["", "keep"])
def test_what_is_kept_is_no_target(there: Environment, cli: Cli, data: str) -> None:
    down.run(there, "aws-dev", data, Steps)
    assert verbs(cli) == ["destroy"]
    call = next(call for call in cli.calls if "|--non-interactive destroy" in call)
    targets = {word for word in call.split() if word.startswith("urn:")}
    found = state.entries({"resources": recorded("aws-dev")})
    kept = state.kept(found)
    assert targets == {entry.urn for entry in found} - kept, "all but the data, by name"
    assert any("aws:ec2/instance:Instance" in urn for urn in targets)
    assert not (there.directory / "footprint.json").exists(), "it describes what is gone"


def test_with_the_data_the_machines_go_first(there: Environment, cli: Cli) -> None:
    s3 = boto3.client("s3", "eu-central-1")
    for name in ("aws-dev-backups", "aws-dev-artifacts"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.put_object(Bucket=name, Key="a", Body=b"x")
    down.run(there, "aws-dev", "delete", Steps)
    assert verbs(cli) == ["destroy", "state unprotect", "destroy"], "a machine would go on writing to the bucket"
    first = next(call for call in cli.calls if "|--non-interactive destroy" in call)
    assert "aws:s3/bucket:Bucket" not in first
    assert "KeyCount" in (answer := s3.list_objects_v2(Bucket="aws-dev-backups"))
    assert answer["KeyCount"] == 0, "AWS deletes no bucket that holds something"


def test_data_that_a_killed_run_left_unprotected_still_goes_last(there: Environment, cli: Cli) -> None:
    cli.has(*(one | {"protect": False} for one in recorded("aws-dev") if one["type"] != protection.INSTANCE))
    down.run(there, "aws-dev", "delete", Steps)
    first = next(call for call in cli.calls if "|--non-interactive destroy" in call)
    assert "aws:s3/bucket:Bucket" not in first, "a bucket that is not empty would stop it there, each time"


def test_termination_protection_is_lifted_of_what_goes(there: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    lifted: list[str] = []
    monkeypatch.setattr(protection, "of_machines", lambda _environment, found: lifted.extend(e.id for e in found))
    down.run(there, "aws-dev", "", Steps)
    assert INSTANCE in lifted


def test_what_still_costs_is_listed(there: Environment) -> None:
    ec2 = boto3.client("ec2", "eu-central-1")
    volume = ec2.create_volume(
        AvailabilityZone="eu-central-1a",
        Size=20,
        TagSpecifications=[{"ResourceType": "volume", "Tags": [{"Key": "environment", "Value": "aws-dev"}]}],
    )["VolumeId"]
    said = down.run(there, "aws-dev", "", Steps)
    assert said == f"Of aws-dev this still costs money:\n  disk {volume}: 20 GiB, by the month"


def test_when_nothing_is_left_it_is_said(there: Environment) -> None:
    assert down.run(there, "aws-dev", "", Steps) == "Nothing of aws-dev is left that costs money."


def test_what_is_down_is_down_also_where_costs_may_not_be_listed(
    there: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_environment: Environment) -> None:
        raise OperationError("AWS refused: tag:GetResources", "-", "-")

    monkeypatch.setattr(costs, "left", refused)
    said = down.run(there, "aws-dev", "", Steps)
    assert "aws-dev is down" in said
    assert "tag:GetResources" in said


def test_a_failure_leaves_the_footprint_and_the_way_on(there: Environment, cli: Cli) -> None:
    cli.fails("destroy", "error: DependencyViolation: the subnet has dependencies")
    with pytest.raises(OperationError, match="DependencyViolation") as caught:
        down.run(there, "aws-dev", "", Steps)
    assert "the same command goes on" in caught.value.consequence
    assert (there.directory / "footprint.json").exists()


def test_twice_is_as_good_as_once(there: Environment, cli: Cli) -> None:
    cli.has()
    down.run(there, "aws-dev", "", Steps)
    assert verbs(cli) == [], "there was nothing to destroy"


def test_without_credentials_nothing_is_begun(stated: Environment, cli: Cli) -> None:
    with pytest.raises(OperationError, match="no credentials"):
        down.run(stated, "aws-dev", "", Steps)
    assert cli.calls == []

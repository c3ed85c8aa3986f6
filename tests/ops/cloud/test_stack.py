"""The state is looked for where the environment says, and whatever the CLI lacks is told before anything is made."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pulumi.automation import PulumiCommand

from ops.cloud import stack
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.cli import Cli
from tests.ops.cloud.conftest import BACKEND, KEY


def said(_line: str) -> None:
    """Nobody looks at the progress."""


def test_without_a_backend_the_way_to_one_is_told(dev: Environment, cli: Cli) -> None:
    with pytest.raises(OperationError) as caught:
        stack.select(dev)
    assert "make bootstrap ENV=aws-dev" in caught.value.fix
    assert caught.value.consequence == "Nothing was made."
    assert cli.calls == [], "whatever stack the user's own login leads to is not this one"


def test_another_backend_in_the_shell_is_refused(stated: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://another?region=eu-central-1")
    with pytest.raises(OperationError, match=r"s3://another.*says s3://shoestring-state") as caught:
        stack.backend(stated)
    assert caught.value.fix == "unset PULUMI_BACKEND_URL"
    monkeypatch.setenv("PULUMI_BACKEND_URL", BACKEND)
    assert stack.backend(stated) == BACKEND, "the same one twice is no contradiction"


def test_a_backend_of_ones_own_is_taken(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://api.pulumi.com")
    assert stack.backend(dev) == "https://api.pulumi.com"
    assert stack.secrets_provider(dev) is None, "that service encrypts by itself"


def test_a_state_whose_secrets_nothing_encrypts_is_refused(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", BACKEND)
    with pytest.raises(OperationError, match="names no `secretsprovider`"):
        stack.secrets_provider(dev)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", "/a/file")
    assert stack.secrets_provider(dev) is None, "who has a passphrase may use it"


def test_each_call_goes_to_the_environments_backend(stated: Environment, cli: Cli) -> None:
    cli.fails("stack-select", "error: no stack named 'aws-dev' found")
    stack.select(stated, new=True)
    assert [call.split("|")[0] for call in cli.calls] == [BACKEND, BACKEND]
    assert cli.calls[-1].endswith(f"stack init aws-dev --secrets-provider {KEY}"), "the default is a passphrase"


def test_a_stack_that_is_not_there_is_made_by_up_only(stated: Environment, cli: Cli) -> None:
    cli.fails("stack-select", "error: no stack named 'aws-dev' found")
    with pytest.raises(OperationError, match=r"no stack 'aws-dev' in s3://shoestring-state") as caught:
        stack.select(stated)
    assert caught.value.fix == "make up ENV=aws-dev"
    assert not any(" init " in call for call in cli.calls)


def test_without_the_cli_nothing_is_made(stated: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_arguments: object, **_options: object) -> PulumiCommand:
        raise OSError("Name or service not known")

    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(PulumiCommand, "install", no_network)
    with pytest.raises(OperationError) as caught:
        stack.select(stated)
    assert "can't be installed: Name or service not known" in caught.value.cause
    assert "make plan" in caught.value.consequence, "what would be made can be seen without it"
    assert stack.VERSION in caught.value.fix


def test_a_cli_that_is_too_old_is_refused(stated: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Cli(tmp_path / "old", "3.100.0")
    monkeypatch.setenv("PATH", f"{old.home / 'bin'}:/usr/bin:/bin")
    with pytest.raises(OperationError, match="is not ours"):
        stack.select(stated)
    assert old.calls == []


def test_the_clis_version_is_that_of_the_locked_sdk() -> None:
    lock = (Path(stack.__file__).parents[2] / "locks/aws.in").read_text()
    assert f"pulumi=={stack.VERSION}\n" in lock, "program and engine are tested together"


def test_up_says_what_changed_and_where_it_is(stated: Environment, cli: Cli) -> None:
    lines: list[str] = []
    cli.says("up", "+ aws:ec2:Vpc aws-dev creating\n")
    found = stack.up(stated, stack.select(stated), lines.append)
    assert found == {"create": 2, "same": 40}
    assert lines == ["+ aws:ec2:Vpc aws-dev creating"]
    assert "up --yes --skip-preview" in next(call for call in cli.calls if "|--non-interactive up" in call)


def test_a_failed_up_shows_the_end_of_what_the_cli_said(stated: Environment, cli: Cli) -> None:
    cli.fails("up", "\n".join(f"line {number}" for number in range(200)) + "\nerror: VcpuLimitExceeded\n")
    with pytest.raises(OperationError, match="VcpuLimitExceeded") as caught:
        stack.up(stated, stack.select(stated), said)
    assert "line 10\n" not in caught.value.cause, "the end is what counts"
    assert "goes on from there" in caught.value.consequence


def test_a_lock_is_diagnosed_before_it_is_cleared(stated: Environment, cli: Cli) -> None:
    cli.fails("up", "error: the stack is currently locked by 1 lock(s).\n  created by eva@laptop (pid 4711)\n")
    with pytest.raises(OperationError, match="eva@laptop") as caught:
        stack.up(stated, stack.select(stated), said)
    assert "Only if that process is gone" in caught.value.fix
    assert f"PULUMI_BACKEND_URL='{BACKEND}' pulumi cancel --stack aws-dev" in caught.value.fix


@pytest.mark.usefixtures("cli")
def test_a_stack_that_was_never_brought_up_has_no_footprint(stated: Environment) -> None:
    with pytest.raises(OperationError, match="never brought up"):
        stack.outputs(stated, stack.select(stated))


@pytest.mark.skipif(shutil.which("pulumi") is None, reason="the Pulumi CLI is not on PATH")
def test_the_real_cli_keeps_a_state_of_its_own(
    root: Path, dev: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "state").mkdir()
    shutil.copy(Path(stack.__file__).parents[2] / "Pulumi.yaml", root)
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path / 'state'}")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "for a test")
    with pytest.raises(OperationError, match="no stack 'aws-dev'"):
        stack.select(dev)
    with pytest.raises(OperationError, match="never brought up"):
        stack.outputs(dev, stack.select(dev, new=True))

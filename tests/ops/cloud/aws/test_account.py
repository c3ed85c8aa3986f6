"""Who asks AWS is known before anything is made, and a refusal says what to do."""

from __future__ import annotations

import sys

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto.core import set_initial_no_auth_action_count

from ops.cloud.aws import account
from ops.environment import Environment
from ops.errors import OperationError


@pytest.mark.usefixtures("account")
def test_it_is_known_who_asks(dev: Environment) -> None:
    assert account.identity(dev).account == "123456789012"
    assert account.client(dev, "ec2").meta.region_name == "eu-central-1", "the stack's, whatever the user's default is"


def test_without_credentials_the_way_to_some_is_told(dev: Environment) -> None:
    with pytest.raises(OperationError) as caught:
        account.identity(dev)
    assert "no credentials for AWS: Unable to locate credentials" in caught.value.cause
    assert "aws sso login" in caught.value.fix
    assert caught.value.consequence == "Nothing was done."


def test_a_profile_that_is_not_there_is_named(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    with pytest.raises(OperationError, match=r"no credentials.*\(work\) could not be found"):
        account.identity(dev)


@pytest.mark.usefixtures("account")
def test_credentials_that_aws_does_not_know(dev: Environment) -> None:
    with pytest.raises(OperationError) as caught:
        set_initial_no_auth_action_count(0)(account.identity)(dev)
    assert "does not know the credentials" in caught.value.cause
    assert "AWS_PROFILE" in caught.value.fix


@pytest.mark.usefixtures("account")
def test_another_account_than_the_stacks_is_refused(dev: Environment) -> None:
    text = dev.stack.read_text()
    dev.stack.write_text(text.replace("config:", "config:\n  aws:allowedAccountIds: ['210987654321']"))
    with pytest.raises(OperationError, match=r"You are arn:aws:.*123456789012.*for the account 210987654321"):
        account.identity(dev)
    dev.stack.write_text(text.replace("config:", "config:\n  aws:allowedAccountIds: ['123456789012']"))
    assert account.identity(dev).account == "123456789012"


@pytest.mark.parametrize(
    ("code", "said", "fix"),
    [
        ("ExpiredToken", "have expired", "aws sso login"),
        ("RequestExpired", "clock", "timedatectl"),
        ("AccessDenied", "AWS refused: .*not yours", "have it allowed"),
    ],
)
def test_a_refusal_is_told_by_its_kind(code: str, said: str, fix: str) -> None:
    with pytest.raises(OperationError, match=said) as caught, account.asking("No host was made."):
        raise ClientError({"Error": {"Code": code, "Message": "not yours"}}, "RunInstances")
    assert fix in caught.value.fix
    assert caught.value.consequence == "No host was made."


def test_no_network_is_not_taken_for_wrong_credentials() -> None:
    with pytest.raises(OperationError, match="can't be reached") as caught, account.asking():
        raise EndpointConnectionError(endpoint_url="https://sts.eu-central-1.amazonaws.com/")
    assert "online" in caught.value.fix


def test_without_the_sdk_the_command_that_installs_it(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(OperationError, match=r"^boto3 is not installed") as caught:
        account.client(dev, "sts")
    assert caught.value.fix == "locks/install.sh base aws"

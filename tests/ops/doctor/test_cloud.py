"""For a cloud: who this machine is there, and whether the state's bucket answers and is free."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from ops.doctor import credentials, limits, state
from ops.doctor.line import FAIL, OK
from ops.environment import Environment
from tests.ops.cloud.conftest import account, dev, nobody, stated

__all__ = ["account", "dev", "nobody", "stated"]
BUCKET = "shoestring-state-0a1b2c3d"
LOCK = ".pulumi/locks/organization/shoestring/{}/0a1b.json"


@pytest.fixture
def bucket(account: None) -> Any:  # noqa: ARG001 - the bucket is made in it
    """The state's, with a lock of another stack in it."""
    s3 = boto3.client("s3", region_name="eu-central-1")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket=BUCKET, Key=LOCK.format("aws-prod"), Body=b"{}")
    return s3


def test_without_credentials_the_way_to_some_is_told(dev: Environment) -> None:
    found = credentials.logged_in(dev)
    assert found.state == FAIL
    assert "aws sso login" in found.fix


@pytest.mark.usefixtures("account")
def test_with_some_it_says_who_one_is(dev: Environment) -> None:
    found = credentials.logged_in(dev)
    assert (found.state, found.found.startswith("arn:aws:")) == (OK, True)


def test_a_state_that_is_nowhere_is_told(dev: Environment) -> None:
    found = state.backend(dev)
    assert found.state == FAIL
    assert "make bootstrap ENV=aws-dev" in found.fix


@pytest.mark.usefixtures("account")
def test_a_bucket_that_is_gone_is_told(stated: Environment) -> None:
    found = state.backend(stated)
    assert found.state == FAIL
    assert "NoSuchBucket" in found.found


def test_only_an_old_lock_of_this_stack_is_red(
    stated: Environment, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may be at work; and whoever is at work on another stack is in nobody's way."""
    assert "0 locks" in state.backend(stated).found
    bucket.put_object(Bucket=BUCKET, Key=LOCK.format("aws-dev"), Body=b"{}")
    found = state.backend(stated)
    assert (found.state, "1 lock" in found.found) == (OK, True)
    monkeypatch.setattr(limits, "LOCK_FAIL", -1)
    found = state.backend(stated)
    assert found.state == FAIL
    assert "pulumi cancel --stack aws-dev" in found.fix


def test_another_kind_of_backend_is_left_to_pulumi(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://api.pulumi.com")
    assert state.backend(dev).state == OK

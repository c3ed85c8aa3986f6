"""The emulated account takes AWS's place for a verb, keeps what it holds, and its end is said and complete."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import boto3
import pytest

from ops import down, lock, rehearsal
from ops.environment import ROOT, Environment
from ops.errors import OperationError
from ops.rehearse import account
from ops.rehearse import down as everything
from ops.rehearse.aws import account as aws
from ops.rehearse.place import Rehearsed
from ops.steps import Steps
from rehearsal.aws.account import Account
from rehearsal.planes.process import began

PERSONAL = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "mine", "AWS_CA_BUNDLE": "/mine", "AWS_ACCESS_KEY_ID": "mine"}


@pytest.fixture(autouse=True)
def surroundings() -> Iterator[None]:
    """What a person may have set, and has again afterwards."""
    with patch.dict(os.environ, PERSONAL):
        yield


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsed]:
    """A rehearsal whose account's server runs."""
    root = tmp_path_factory.mktemp("clone")
    (root / "stacks").mkdir()
    shutil.copy(ROOT / "stacks/Pulumi.aws-dev.yaml", root / "stacks")
    made = Rehearsed.of("aws-dev", root)
    made.write()
    with patch.dict(os.environ, PERSONAL):
        aws.ensure(made)
    yield made
    account.process(made).stop()


def buckets(emulated: Account) -> list[str]:
    return [one["Name"] for one in emulated("s3").list_buckets()["Buckets"]]


def test_from_then_on_this_process_asks_it_for_aws(standing: Rehearsed) -> None:
    emulated = aws.ensure(standing)
    assert boto3.Session(region_name="eu-central-1").client("sts").get_caller_identity()["Account"] == emulated.id
    assert urlsplit(os.environ["AWS_ENDPOINT_URL"]).hostname == "127.0.0.1"
    assert emulated.endpoint_url == os.environ["AWS_ENDPOINT_URL"]
    assert emulated.region == standing.settings().region


def test_nothing_of_the_person_s_own_is_used(standing: Rehearsed) -> None:
    account.enter(standing)
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"} & set(os.environ)
    assert os.environ["AWS_ACCESS_KEY_ID"] == os.environ["AWS_SECRET_ACCESS_KEY"] == "rehearsal"
    assert os.environ["AWS_CONFIG_FILE"] == os.environ["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true", "this machine may be one in a cloud"


def test_the_server_has_nothing_of_it_either(standing: Rehearsed) -> None:
    pid = json.loads((standing.planes / "account.json").read_text())["pid"]
    assert b"mine" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_asked_again_it_is_the_same_account(standing: Rehearsed) -> None:
    aws.ensure(standing)("s3").create_bucket(
        Bucket="made-before", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    state = (standing.planes / "account.json").read_text()
    assert "made-before" in buckets(aws.ensure(standing))
    assert (standing.planes / "account.json").read_text() == state


def test_it_offers_the_image_of_the_stack(standing: Rehearsed) -> None:
    images = aws.ensure(standing)("ec2").describe_images()["Images"]
    assert [image["Name"] for image in images] == [standing.settings().image]


def test_another_key_is_used_from_then_on(standing: Rehearsed) -> None:
    before = (standing.planes / account.SURROUNDINGS).read_text()
    aws.use(standing, "TEMP1", "secret")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ.pop(name)
    account.enter(standing)
    assert (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]) == ("TEMP1", "secret")
    (standing.planes / account.SURROUNDINGS).write_text(before)


def test_keys_are_their_owners_alone(standing: Rehearsed) -> None:
    aws.use(standing, "rehearsal", "rehearsal")
    assert (standing.planes / account.SURROUNDINGS).stat().st_mode & 0o777 == 0o600
    assert standing.planes.stat().st_mode & 0o777 == 0o700


def test_what_this_process_starts_finds_the_stand_in_for_the_cli(standing: Rehearsed, tmp_path: Path) -> None:
    account.enter(standing)
    found = shutil.which("aws")
    assert found == str(standing.planes / "bin/aws")
    done = subprocess.run(["aws", "s3", "rb"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "usage: aws" in done.stderr, "it is our own that answers, wherever it is called"


def test_one_that_is_gone_is_said_and_nothing_is_asked(dev: Rehearsed) -> None:
    for made in (False, True):
        if made:
            (dev.planes).mkdir(parents=True)
            (dev.planes / account.SURROUNDINGS).write_text('{"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}')
        with pytest.raises(OperationError, match="is gone") as gone:
            account.enter(dev)
        assert dev.name in gone.value.cause
        assert "make rehearse ENV=aws-dev " in gone.value.fix
        assert os.environ.get("AWS_PROFILE") == "mine"
        assert "AWS_ENDPOINT_URL" not in os.environ


def test_a_verb_on_one_whose_server_was_killed_is_told_so(standing: Rehearsed) -> None:
    pid = json.loads((standing.planes / "account.json").read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with pytest.raises(OperationError, match="is gone"):
        account.enter(standing)
    (standing.planes / account.SURROUNDINGS).unlink()
    assert buckets(aws.ensure(standing)) == [], "another account, begun anew"
    assert (standing.planes / account.SURROUNDINGS).stat().st_mode & 0o777 == 0o600


def test_down_takes_it_all_away_twice(standing: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    destroyed: list[str] = []
    monkeypatch.setattr(rehearsal, "authorize", lambda: None)
    monkeypatch.setattr(rehearsal, "destroy", lambda environment, _: destroyed.append(environment.name))
    aws.ensure(standing)
    pid = json.loads((standing.planes / "account.json").read_text())["pid"]
    vault, facts = standing.vault, standing.state.parent / "facts"
    for path in (vault, standing.directory / "footprint.json", facts / f"{standing.name}_solo", facts / "other_solo"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    for name in ("host_keys.json", "known_hosts", "release.json", "id_ed25519"):
        (standing.state / name).write_text("")
    for _ in range(2):
        said = down.run(Environment.resolve(standing.name, standing.root), "", "", Steps)
        assert standing.name in said
        assert began(pid) == 0, "its server runs on"
        assert not standing.planes.exists()
        assert not (standing.directory / "footprint.json").exists()
        assert {path.name for path in standing.state.iterdir()} == {standing.stack.name, "id_ed25519", "lock"}
        assert [path.name for path in facts.iterdir()] == ["other_solo"], "another environment's facts are not ours"
        assert vault.is_file(), "the secrets stay"
    assert destroyed == [standing.name] * 2


def test_down_of_what_was_never_made_does_nothing(dev: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "destroy", lambda *_: None)
    everything.everything(dev, print)
    assert not dev.state.exists()
    assert not dev.directory.exists()


def test_hosts_that_do_not_go_keep_their_account(dev: Rehearsed, monkeypatch: pytest.MonkeyPatch) -> None:
    def stays(*_: object) -> None:
        raise OperationError("solo runs on", "so", "do")

    monkeypatch.setattr(rehearsal, "authorize", lambda: None)
    monkeypatch.setattr(rehearsal, "destroy", stays)
    dev.write()
    dev.planes.mkdir()
    with pytest.raises(OperationError, match="solo runs on"):
        down.run(Environment.resolve(dev.name, dev.root), "", "", Steps)
    assert dev.planes.is_dir(), "what is known of them is needed to try again"
    with lock.held(dev, "down"):
        pass

"""What bootstrap refuses: in words, with the way on, and with nothing made or changed."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest
import yaml
from botocore.exceptions import ClientError

from infra.problems import SettingsError
from ops import stacks as stack_files
from ops.errors import OperationError
from tests.ops.bootstrap.aws import readback
from tests.ops.bootstrap.aws.conftest import ACCOUNT, NAME, REGION, SHARED, Ear, make_stacks, run


def refused(stacks: Path, ear: Ear, name: str = NAME, consent: bool = True) -> OperationError:
    """The error of a run that must end in one, and that must change nothing."""
    before = {path: path.read_text() for path in stacks.glob("*.yaml")}
    ear.calls.clear()
    with pytest.raises(OperationError) as raised:
        run(stacks, name, consent)
    assert ear.changes == []
    assert {path: path.read_text() for path in stacks.glob("*.yaml")} == before
    return raised.value


def test_no_credentials(stacks: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first thing that a newcomer meets: it says how to log in, and that nothing is half made."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(variable)
    error = refused(stacks, ear)
    assert "no AWS credentials" in error.cause
    assert error.consequence == "Nothing was changed."
    assert "aws sso login" in error.fix
    assert f"make bootstrap ENV={NAME}" in error.fix


def test_a_profile_that_is_not_there(stacks: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "acme")
    error = refused(stacks, ear)
    assert "acme" in error.cause
    assert "AWS_PROFILE" in error.fix


ANSWERS = [
    ("ExpiredToken", "have expired", "aws sso login"),
    ("InvalidClientTokenId", "does not know your credentials", "enable-region"),
    ("SignatureDoesNotMatch", "does not know your credentials", "aws sso login"),
    ("AccessDenied", "You may not do GetCallerIdentity", "administrator"),
    ("ServiceUnavailable", "ServiceUnavailable: its message", "make bootstrap"),
]


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(("code", "cause", "fix"), ANSWERS, ids=[code for code, _, _ in ANSWERS])
def test_an_answer_of_awss(stacks: Path, ear: Ear, code: str, cause: str, fix: str) -> None:
    def answer(call: str) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "its message"}}, call)

    ear.before = answer
    error = refused(stacks, ear)
    assert cause in error.cause
    assert fix in error.fix
    assert ("its message" in error.cause) is (code in ("AccessDenied", "ServiceUnavailable")), (
        "a message about a signature repeats the request"
    )


@pytest.mark.usefixtures("cloud")
def test_no_network(stacks: Path, ear: Ear) -> None:
    def unplugged(call: str) -> None:
        raise botocore.exceptions.EndpointConnectionError(endpoint_url=f"https://{call}.example")

    ear.before = unplugged
    error = refused(stacks, ear)
    assert "can't be reached" in error.cause
    assert REGION in error.fix, "a region that does not exist has no name to connect to"


@pytest.mark.parametrize("name", ["local", "aws-dve", ""])
def test_an_environment_that_is_in_no_cloud(stacks: Path, ear: Ear, name: str) -> None:
    """`make bootstrap` alone means local, which needs none of it."""
    error = refused(stacks, ear, name)
    assert f"no environment {name!r}" in error.cause
    assert NAME in error.cause
    assert ("Did you mean ENV=aws-dev?" in error.fix) is (name == "aws-dve")


def test_settings_that_are_wrong_are_told_before_aws_is_asked(stacks: Path, ear: Ear) -> None:
    path = stacks / f"Pulumi.{NAME}.yaml"
    path.write_text(path.read_text().replace("acme/predictor", "https://github.com/acme/predictor"))
    with pytest.raises(SettingsError, match="shoestring:repository"):
        run(stacks)
    assert ear.calls == []


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("answer", [None, "y\n", "\n"], ids=["no terminal", "y", "nothing"])
def test_nothing_is_made_without_a_yes(
    stacks: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str | None
) -> None:
    """What it makes costs money and opens a door to GitHub: it is shown, and asked about."""
    stdin = io.StringIO(answer or "")
    monkeypatch.setattr(stdin, "isatty", lambda: answer is not None)
    monkeypatch.setattr("sys.stdin", stdin)
    error = refused(stacks, ear, consent=False)
    assert error.fix == f"make bootstrap ENV={NAME} YES=1"
    shown = capsys.readouterr().out
    assert ACCOUNT in shown
    assert "1 USD a month" in shown
    assert "shoestring-aws-dev-apply" in shown


@pytest.mark.usefixtures("cloud")
def test_yes_at_a_terminal_makes_it(stacks: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.StringIO("yes\n")
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", stdin)
    run(stacks, consent=False)
    assert ear.changes


def _bucket_elsewhere(_: Path) -> None:
    readback.client("s3", "us-west-2").create_bucket(
        Bucket=SHARED.bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )


def _key_id() -> str:
    """moto takes no ARN where KMS does."""
    return str(readback.key()["arn"]).rpartition("/")[2]


def _key_disabled(stacks: Path) -> None:
    run(stacks)
    readback.client("kms").disable_key(KeyId=_key_id())


def _key_leaving(stacks: Path) -> None:
    run(stacks)
    readback.client("kms").schedule_key_deletion(KeyId=_key_id(), PendingWindowInDays=7)


def _role_of_another(_: Path) -> None:
    trust = {"Version": "2012-10-17", "Statement": []}
    readback.client("iam").create_role(RoleName=f"shoestring-{NAME}-apply", AssumeRolePolicyDocument=json.dumps(trust))


def _other_state(stacks: Path) -> None:
    path = stacks / f"Pulumi.{NAME}.yaml"
    path.write_text(path.read_text() + "  shoestring:backend: s3://theirs?region=eu-west-1\n")


def _other_provider(stacks: Path) -> None:
    path = stacks / f"Pulumi.{NAME}.yaml"
    path.write_text("secretsprovider: awskms://alias/theirs?region=eu-west-1\n" + path.read_text())


def _one_line(stacks: Path) -> None:
    """YAML as well, and nothing that a line can be put into."""
    path = stacks / f"Pulumi.{NAME}.yaml"
    path.write_text(json.dumps(yaml.safe_load(path.read_text())))


CASES: list[tuple[str, Callable[[Path], None], str, str]] = [
    ("bucket in another region", _bucket_elsewhere, "is in us-west-2, not in eu-central-1", "aws s3 rb"),
    ("key disabled", _key_disabled, "is Disabled", "aws kms enable-key"),
    ("key on its way out", _key_leaving, "is PendingDeletion", "aws kms cancel-key-deletion"),
    ("role of somebody else", _role_of_another, "did not make", "aws iam delete-role"),
    ("state elsewhere", _other_state, "`shoestring:backend` is s3://theirs", "log in to the account"),
    ("secrets of another key", _other_provider, "`secretsprovider` is awskms://alias/theirs", "`encryptedkey`"),
    ("a file on one line", _one_line, "no line can be added", "shoestring:backend: s3://shoestring-state-"),
]


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(("arrange", "cause", "fix"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_there_and_is_not_ours_is_left_alone(
    stacks: Path, ear: Ear, arrange: Callable[[Path], None], cause: str, fix: str
) -> None:
    """To take it over would lose a state from sight, or somebody else's access."""
    arrange(stacks)
    error = refused(stacks, ear)
    assert cause in error.cause
    assert fix in error.fix


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("status", [301, 403])
def test_a_bucket_of_another_account_is_not_written_to(stacks: Path, ear: Ear, status: int) -> None:
    """Names of buckets are the world's: who took ours would read the state. 301: it is in another region."""

    def foreign(call: str) -> None:
        if call == "HeadBucket":
            metadata: Any = {"HTTPStatusCode": status}
            raise ClientError({"Error": {"Code": str(status)}, "ResponseMetadata": metadata}, call)

    ear.before = foreign
    error = refused(stacks, ear)
    assert "belongs to another account" in error.cause
    assert "get-caller-identity" in error.fix


def test_the_files_of_environments(tmp_path: Path) -> None:
    make_stacks(tmp_path)
    stacks = make_stacks(tmp_path, "aws-prod")
    (stacks / "local").mkdir()
    assert stack_files.names(stacks) == ["aws-dev", "aws-prod"]
    assert stack_files.file("aws-prod", stacks) == stacks / "Pulumi.aws-prod.yaml"
    assert "aws-dev" in stack_files.names(), "this repository's own, where nothing else is said"

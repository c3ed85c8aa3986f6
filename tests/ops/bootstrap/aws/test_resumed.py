"""A run that breaks off anywhere: the same command goes on from there, and what comes out is what a whole run makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto.core.base_backend import BackendDict

from infra import files
from ops.errors import OperationError
from tests.ops.bootstrap.aws import readback
from tests.ops.bootstrap.aws.conftest import NAME, Ear, is_change, make_stacks, run

pytestmark = pytest.mark.usefixtures("cloud")

LOOKS = 9  # of the calls of a first run, the first, which only look
CHANGES = [
    "CreateKey",
    "CreateAlias",
    "EnableKeyRotation",
    "CreateBucket",
    "PutPublicAccessBlock",
    "PutBucketOwnershipControls",
    "PutBucketVersioning",
    "PutBucketEncryption",
    "PutBucketPolicy",
    "PutBucketLifecycleConfiguration",
    "PutBucketTagging",
    "CreateOpenIDConnectProvider",
    "CreatePolicy",
    "CreateRole",
    "PutRolePolicy",
    "CreateRole",
    "PutRolePolicy",
]
EACH = [pytest.param(number, id=f"{number}-{call}") for number, call in enumerate(CHANGES)]


def refuse(ear: Ear, number: int) -> None:
    """Call `number` of the run is answered with a refusal."""

    def refused(call: str) -> None:
        if len(ear.calls) == number + 1:
            error = {"Code": "AccessDenied", "Message": "not you"}
            raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}, call)

    ear.before = refused


def lose(ear: Ear, number: int) -> None:
    """Call `number` of the run is carried out, and its answer is lost."""

    def lost(call: str) -> None:
        if len(ear.calls) == number + 1:
            raise ReadTimeoutError(endpoint_url=f"https://{call}.example")

    ear.after = lost


def mend(ear: Ear) -> None:
    ear.before = ear.after = lambda _: None
    ear.calls.clear()


@pytest.fixture(scope="module")
def whole() -> dict[str, str]:
    """Filled by the first test that asks for `undisturbed`."""
    return {}


@pytest.fixture
def undisturbed(stacks: Path, ear: Ear, whole: dict[str, str]) -> str:
    """What a run that nothing disturbs leaves behind; the account and the file are as new after it."""
    if not whole:
        run(stacks)
        whole["text"] = readback.everything(stacks)
        BackendDict.reset()
        make_stacks(stacks.parent)
        ear.calls.clear()
    assert not readback.client("s3").list_buckets()["Buckets"], "the account is empty"
    return whole["text"]


def test_these_are_the_calls_of_a_first_run(stacks: Path, ear: Ear) -> None:
    """The list above is held against what is called, so that no call goes untested below."""
    run(stacks)
    assert ear.changes == CHANGES
    assert ear.calls[LOOKS:] == CHANGES, "all looking comes before the first change"
    assert not any(map(is_change, ear.calls[:LOOKS]))


@pytest.mark.parametrize("number", EACH)
@pytest.mark.parametrize("fail", [pytest.param(refuse, marks=pytest.mark.full), lose], ids=["refused", "answer lost"])
def test_the_same_command_goes_on(
    stacks: Path,
    ear: Ear,
    undisturbed: str,
    number: int,
    fail: Callable[[Ear, int], None],
) -> None:
    """It ends in words that say what is kept and what to do; then nothing is made twice, and nothing is missing."""
    before = (stacks / f"Pulumi.{NAME}.yaml").read_text()
    fail(ear, LOOKS + number)
    with pytest.raises(OperationError) as raised:
        run(stacks)
    assert f"make bootstrap ENV={NAME}, which goes on from there" in raised.value.fix
    assert raised.value.consequence.count("\n- ") == number, "all that was made is told, and nothing else"
    assert (stacks / f"Pulumi.{NAME}.yaml").read_text() == before, "it names no state that is not all there"
    mend(ear)
    run(stacks)
    assert readback.everything(stacks) == undisturbed


@pytest.mark.parametrize("number", range(LOOKS))
def test_a_failure_while_looking_changes_nothing(stacks: Path, ear: Ear, undisturbed: str, number: int) -> None:
    refuse(ear, number)
    with pytest.raises(OperationError) as raised:
        run(stacks)
    assert raised.value.consequence == "Nothing was changed."
    assert ear.changes == []
    mend(ear)
    run(stacks)
    assert readback.everything(stacks) == undisturbed


def test_a_run_that_is_interrupted_goes_on(stacks: Path, ear: Ear, undisturbed: str) -> None:
    """Ctrl-C is no error of AWS's, and leaves the same behind."""

    def interrupted(call: str) -> None:
        if call == "PutBucketEncryption":
            raise KeyboardInterrupt

    ear.after = interrupted
    with pytest.raises(KeyboardInterrupt):
        run(stacks)
    mend(ear)
    run(stacks)
    assert readback.everything(stacks) == undisturbed


def test_a_stack_file_that_cannot_be_written_is_said_and_gone_on_with(
    stacks: Path, ear: Ear, undisturbed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, or a file of somebody else's: the account is whole by then, and only the lines are missing."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "a file")

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", full)
        with pytest.raises(OperationError) as raised:
            run(stacks)
    assert "No space left on device" in raised.value.cause
    assert raised.value.consequence.count("\n- ") == len(CHANGES)
    mend(ear)
    run(stacks)
    assert ear.changes == [], "the account needed nothing more"
    assert readback.everything(stacks) == undisturbed


def test_twice_changes_nothing(stacks: Path, ear: Ear) -> None:
    """Neither in the account nor in the file, not even its time."""
    run(stacks)
    path = stacks / f"Pulumi.{NAME}.yaml"
    before, written = readback.everything(stacks), path.stat().st_mtime_ns
    ear.calls.clear()
    told = run(stacks)
    assert ear.changes == []
    assert told.startswith("Everything is there, and was left as it is.")
    assert readback.everything(stacks) == before
    assert path.stat().st_mtime_ns == written


def test_what_is_not_there_at_once_is_waited_for(stacks: Path, ear: Ear, undisturbed: str) -> None:
    """AWS may not know for some seconds what it has just made."""
    asked = {
        "PutPublicAccessBlock": "NoSuchBucket",
        "CreateAlias": "NotFoundException",
        "PutRolePolicy": "NoSuchEntity",
    }
    left = dict.fromkeys(asked, 2)

    def not_yet(call: str) -> None:
        if left.get(call):
            left[call] -= 1
            raise ClientError({"Error": {"Code": asked[call]}}, call)

    ear.before = not_yet
    run(stacks)
    assert set(left.values()) == {0}
    assert readback.everything(stacks) == undisturbed

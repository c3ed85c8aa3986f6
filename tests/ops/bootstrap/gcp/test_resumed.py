"""A run that breaks off anywhere: the same command goes on from there, and what comes out is what a whole run makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from infra import files
from ops.bootstrap import change, work
from ops.errors import OperationError
from tests.ops.bootstrap.gcp.cloud.errors import RefusedError
from tests.ops.bootstrap.gcp.cloud.project import Project
from tests.ops.bootstrap.gcp.cloud.server import Google, LostError
from tests.ops.bootstrap.gcp.conftest import NAME, everything, make_stacks, run

IAM, POOLS = "iam.projects", "iam.projects.locations.workloadIdentityPools"
KEYS = "cloudkms.projects.locations.keyRings"
CHANGES = [
    "serviceusage.services.batchEnable",
    f"{KEYS}.create",
    f"{KEYS}.cryptoKeys.create",
    f"{KEYS}.cryptoKeys.setIamPolicy",
    "storage.buckets.insert",
    *[f"{IAM}.roles.create"] * 4,
    f"{POOLS}.create",
    f"{POOLS}.providers.create",
    *[f"{IAM}.serviceAccounts.create", f"{IAM}.serviceAccounts.setIamPolicy"] * 3,
    "cloudresourcemanager.projects.setIamPolicy",
    f"{KEYS}.cryptoKeys.setIamPolicy",
    "storage.buckets.setIamPolicy",
]
EACH = [pytest.param(number, id=f"{number}-{call}") for number, call in enumerate(CHANGES)]


def refuse(google: Google, number: int) -> None:
    """Change `number` of the run is answered with a refusal."""

    def refused(_: str) -> None:
        if len(google.changes) == number + 1:
            raise RefusedError(403, "not you")

    google.before = refused


def lose(google: Google, number: int) -> None:
    """Change `number` of the run is carried out, and its answer is lost, with the way to Google."""

    def down(_: str) -> None:
        raise LostError

    def lost(_: str) -> None:
        if len(google.changes) == number + 1:
            google.before = down  # httplib2 sends a request again, once
            raise LostError

    google.after = lost


@pytest.fixture(scope="module")
def whole() -> dict[str, str]:
    """Filled by the first test that asks for `undisturbed`."""
    return {}


@pytest.fixture
def undisturbed(stacks: Path, google: Google, whole: dict[str, str]) -> str:
    """What a run that nothing disturbs leaves behind; the project and the file are as new after it."""
    if not whole:
        run(stacks)
        whole["text"] = everything(google, stacks)
        google.project = Project()
        make_stacks(stacks.parent)
        google.mend()
    return whole["text"]


def test_these_are_the_calls_of_a_first_run(stacks: Path, google: Google) -> None:
    """The list above is held against what is called, so that no call goes untested below."""
    run(stacks)
    assert google.changes == CHANGES


def test_all_looking_comes_before_the_first_change(stacks: Path, google: Google) -> None:
    """Once the APIs are on; what is off can't be asked before."""
    run(stacks)
    google.mend()
    google.project = Project(enabled=google.project.enabled)
    make_stacks(stacks.parent)
    run(stacks)
    first = next(index for index, call in enumerate(google.calls) if call.changes)
    assert google.changes == CHANGES[1:]
    assert first == 16, "and it asked for everything"


@pytest.mark.parametrize("number", EACH)
@pytest.mark.parametrize("fail", [pytest.param(refuse, marks=pytest.mark.full), lose], ids=["refused", "answer lost"])
def test_the_same_command_goes_on(
    stacks: Path, google: Google, undisturbed: str, number: int, fail: Callable[[Google, int], None]
) -> None:
    """It ends in words that say what is kept and what to do; then nothing is made twice, and nothing is missing."""
    before = (stacks / f"Pulumi.{NAME}.yaml").read_text()
    fail(google, number)
    with pytest.raises(OperationError) as raised:
        run(stacks)
    assert f"make bootstrap ENV={NAME}, which goes on from there" in raised.value.fix
    assert raised.value.consequence.count("\n- ") == number, "all that was made is told, and nothing else"
    assert (stacks / f"Pulumi.{NAME}.yaml").read_text() == before, "it names no state that is not all there"
    google.mend()
    run(stacks)
    assert everything(google, stacks) == undisturbed


@pytest.mark.full
@pytest.mark.parametrize("number", range(len(CHANGES) + 1))
def test_a_run_that_is_killed_after_any_change_goes_on(
    stacks: Path, google: Google, undisturbed: str, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Ctrl-C is no error of Google's, and leaves the same behind."""
    done: list[str] = []

    class Killed(change.Change):
        def __getattribute__(self, name: str) -> object:
            if name == "call" and len(done) == number:
                raise KeyboardInterrupt
            if name == "call":
                done.append("one more")
            return super().__getattribute__(name)

    with monkeypatch.context() as patch:
        for module in ("apis", "key", "bucket", "github", "accounts"):
            patch.setattr(f"ops.bootstrap.gcp.{module}.Change", Killed)
        patch.setattr("ops.bootstrap.stack_file.Change", Killed)
        with pytest.raises(KeyboardInterrupt):
            run(stacks)
    assert len(google.changes) == number
    google.mend()
    run(stacks)
    assert everything(google, stacks) == undisturbed


def test_a_stack_file_that_cannot_be_written_is_said_and_gone_on_with(
    stacks: Path, google: Google, undisturbed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, or a file of somebody else's: the project is whole by then, and only the lines are missing."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "a file")

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", full)
        with pytest.raises(OperationError) as raised:
            run(stacks)
    assert "No space left on device" in raised.value.cause
    assert raised.value.consequence.count("\n- ") == len(CHANGES)
    google.mend()
    run(stacks)
    assert google.changes == [], "the project needed nothing more"
    assert everything(google, stacks) == undisturbed


def test_twice_changes_nothing(stacks: Path, google: Google) -> None:
    """Neither in the project nor in the file, not even its time."""
    run(stacks)
    path = stacks / f"Pulumi.{NAME}.yaml"
    before, written = everything(google, stacks), path.stat().st_mtime_ns
    google.mend()
    told = run(stacks)
    assert google.changes == []
    assert told.startswith("Everything is there, and was left as it is.")
    assert everything(google, stacks) == before
    assert path.stat().st_mtime_ns == written


@pytest.mark.parametrize("off", [{"cloudkms"}, {"iam"}, {"storage"}, {"cloudresourcemanager"}], ids=str)
def test_what_an_api_hides_that_is_off_is_looked_at_when_it_is_on(stacks: Path, google: Google, off: set[str]) -> None:
    """It may be there all the same: to make it once more would be refused."""
    run(stacks)
    before = everything(google, stacks)
    google.project.enabled -= off
    google.mend()
    run(stacks)
    assert google.changes == ["serviceusage.services.batchEnable"]
    assert everything(google, stacks) == before


NOT_YET = {
    f"{IAM}.serviceAccounts.setIamPolicy": RefusedError(400, "Service account a@b does not exist."),
    "cloudresourcemanager.projects.setIamPolicy": RefusedError(409, "There were concurrent policy changes."),
    "storage.buckets.insert": RefusedError(403, "Permission denied on Cloud KMS key. Please ensure that it may."),
    f"{KEYS}.get": RefusedError(403, "Cloud KMS API has not been used in project 1 before or it is disabled."),
    f"{POOLS}.providers.create": RefusedError(404, "Requested entity was not found."),
}


def test_what_is_not_there_at_once_is_waited_for(stacks: Path, google: Google, undisturbed: str) -> None:
    """Google may not know for some seconds what it has just made, turned on or allowed."""
    left = dict.fromkeys(NOT_YET, 2)

    def not_yet(call: str) -> None:
        if left.get(call):
            left[call] -= 1
            raise NOT_YET[call]

    google.before = not_yet
    run(stacks)
    assert set(left.values()) == {0}
    assert everything(google, stacks) == undisturbed


def test_what_never_comes_is_not_waited_for_for_ever(stacks: Path, google: Google) -> None:
    def never(call: str) -> None:
        if call == "storage.buckets.insert":
            raise NOT_YET[call]

    google.before = never
    with pytest.raises(OperationError, match="Cloud KMS key"):
        run(stacks)
    assert google.changes.count("storage.buckets.insert") == int(120.0 / work.PAUSE)

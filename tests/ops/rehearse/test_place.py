"""A rehearsal is beside what it rehearses: it takes over what is set there, and touches none of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from infra.problems import SettingsError
from infra.settings import Settings
from ops.environment import Environment
from ops.errors import OperationError
from ops.rehearse import place
from ops.rehearse.place import Rehearsed
from tests.ops.rehearse.conftest import STACKS

OWN = ("group_vars/all/vault.yml", "deploy.pub", "footprint.json")
MAIN = "group_vars/all/main.yml"


def put(directory: Path, **texts: str) -> None:
    for name, text in texts.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)


def content(directory: Path) -> dict[str, str]:
    return {str(path.relative_to(directory)): path.read_text() for path in directory.rglob("*") if path.is_file()}


def test_a_name_and_a_path_lead_to_the_same_place(clone: Path) -> None:
    by_name = Rehearsed.of("aws-dev", clone)
    assert by_name == Rehearsed.of(f"{clone}/stacks/aws-dev/", clone)
    assert by_name.name == "aws-dev-rehearsed"
    assert by_name.rehearses == "aws-dev"
    assert by_name.directory == clone / "stacks/aws-dev-rehearsed"
    assert by_name.state == clone / ".shoestring/aws-dev-rehearsed"
    assert by_name.source == clone / "stacks/Pulumi.aws-dev.yaml"
    assert by_name.cloud, "its settings are a cloud's"
    for inner in (by_name.stack, by_name.planes, by_name.hosts):
        assert by_name.state in inner.parents, "state is never written among what people write"


def test_a_directory_outside_of_stacks_has_its_stack_beside_it(clone: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", **{"Pulumi.mine.yaml": (clone / "stacks/Pulumi.aws-dev.yaml").read_text()})
    mine = Rehearsed.of(f"{tmp_path}/elsewhere/mine", clone)
    assert mine.source == tmp_path / "elsewhere/Pulumi.mine.yaml"
    assert mine.directory == tmp_path / "elsewhere/mine-rehearsed"
    mine.write()
    assert Environment.resolve(str(mine.directory), clone).rehearses_a_cloud


@pytest.mark.parametrize("value", ["aws-dve", "one", "", "stacks/nowhere"])
def test_what_is_in_no_cloud_is_refused_with_what_there_is(clone: Path, value: str) -> None:
    with pytest.raises(OperationError) as caught:
        Rehearsed.of(value, clone)
    assert f"{value!r}" in caught.value.cause
    assert caught.value.fix.startswith("make rehearse ENV=aws-dev"), "a command that works"
    assert "there are: aws-dev, aws-prod)" in caught.value.fix, "`one` and `yours` have no cloud to rehearse"


def test_where_there_is_no_cloud_at_all_it_says_so(root: Path) -> None:
    with pytest.raises(OperationError, match=r"there are: none"):
        Rehearsed.of("aws-dev", root)


def test_a_rehearsal_is_not_rehearsed(dev: Rehearsed, clone: Path) -> None:
    dev.write()
    with pytest.raises(OperationError) as caught:
        Rehearsed.of(dev.name, clone)
    assert dev.name not in caught.value.fix


def test_a_name_that_would_be_too_long_for_a_host_is_refused(clone: Path) -> None:
    for letters in (20, 21):
        put(clone / "stacks", **{f"Pulumi.{'x' * letters}.yaml": (clone / "stacks/Pulumi.aws-dev.yaml").read_text()})
    assert len(Rehearsed.of("x" * 20, clone).name) == 30
    with pytest.raises(OperationError, match="longer than 30 characters"):
        Rehearsed.of("x" * 21, clone)


@pytest.mark.parametrize("stack", STACKS)
def test_all_settings_are_kept_and_good(of: Callable[[str], Rehearsed], stack: str) -> None:
    rehearsal = of(stack)
    rehearsal.write()
    assert yaml.safe_load(rehearsal.stack.read_text()) == yaml.safe_load(rehearsal.source.read_text())
    theirs, ours = Settings.load(rehearsal.source), rehearsal.settings()
    assert ours.environment == f"{stack}-rehearsed", "names in the account are the rehearsal's"
    assert ours.model_copy(update={"environment": stack}) == theirs, "what is rehearsed would be something else"
    assert rehearsal.source.name in rehearsal.stack.read_text().splitlines()[0], "who opens it learns what to change"


def test_what_the_real_account_has_is_left_out(dev: Rehearsed) -> None:
    document = yaml.safe_load(dev.source.read_text())
    before = dict(document["config"])
    document["config"] |= {
        "aws:allowedAccountIds": ["123456789012"],
        "aws:assumeRoles": [{"roleArn": "arn:aws:iam::123456789012:role/deployer"}],
        "aws:profile": "ml",
        "shoestring:backend": "s3://state",
        "shoestring:repository": "acme/shoestring",
    }
    dev.source.write_text(yaml.safe_dump(document | {"secretsprovider": "awskms://alias/pulumi"}))
    dev.write()
    assert yaml.safe_load(dev.stack.read_text()) == {"config": before}, "the emulated account is not that account"
    dev.settings()


def test_a_stack_file_that_is_none_is_refused_by_name(dev: Rehearsed) -> None:
    dev.source.write_text("config: [\n")
    with pytest.raises(SettingsError, match=r"Pulumi\.aws-dev\.yaml"):
        dev.write()


def test_what_is_set_beside_the_stack_is_taken_over_and_goes_with_it(dev: Rehearsed) -> None:
    theirs = dev.directory.with_name("aws-dev")
    said = {MAIN: "service_workers: 3\n", "public/names.txt": "text\n", "host_vars/solo/main.yml": "a: 1\n"}
    put(theirs, **said)
    dev.write()
    assert content(dev.directory) == said
    put(theirs, **{MAIN: "service_workers: 4\n"})
    (theirs / "public/names.txt").unlink()
    dev.write()
    changed = said | {MAIN: "service_workers: 4\n"}
    del changed["public/names.txt"]
    assert content(dev.directory) == changed, "what was deleted there holds here no longer"


def test_secrets_key_and_footprint_of_the_two_never_meet(dev: Rehearsed) -> None:
    theirs = dev.directory.with_name("aws-dev")
    put(theirs, **dict.fromkeys(OWN, "the real one's\n"), **{MAIN: "{}\n"})
    dev.write()
    assert content(dev.directory) == {MAIN: "{}\n"}, "the real vault's secrets are not handed to a rehearsal"
    put(dev.directory, **dict.fromkeys(OWN, "the rehearsal's\n"))
    before = {path: path.stat().st_mtime_ns for path in theirs.rglob("*")}
    dev.write()
    assert content(dev.directory) == {MAIN: "{}\n"} | dict.fromkeys(OWN, "the rehearsal's\n")
    assert content(theirs) == {MAIN: "{}\n"} | dict.fromkeys(OWN, "the real one's\n")
    assert {path: path.stat().st_mtime_ns for path in theirs.rglob("*")} == before


def test_the_real_one_s_secrets_are_not_even_opened(dev: Rehearsed) -> None:
    theirs = dev.directory.with_name("aws-dev")
    for name in OWN:
        put(theirs, **{name: ""})
        (theirs / name).unlink()
        (theirs / name).symlink_to(theirs / "nowhere")  # a copy of it would fail
    dev.write()
    assert content(dev.directory) == {}


def test_a_second_write_changes_nothing(dev: Rehearsed) -> None:
    put(dev.directory.with_name("aws-dev"), **{MAIN: "service_workers: 3\n"})
    dev.write()
    put(dev.directory, **dict.fromkeys(OWN, "own\n"))

    def state() -> dict[str, tuple[str, int]]:
        files = [dev.stack, *(path for path in dev.directory.rglob("*") if path.is_file())]
        return {str(path): (path.read_text(), path.stat().st_mtime_ns) for path in files}

    before = state()
    dev.write()
    assert state() == before
    assert len(before) == 5


def test_the_state_is_its_owners_alone(dev: Rehearsed) -> None:
    dev.write()
    assert dev.state.stat().st_mode & 0o777 == 0o700


def test_the_other_verbs_find_it_by_name_and_by_path(dev: Rehearsed, clone: Path) -> None:
    with pytest.raises(OperationError, match="There is no environment"):
        Environment.resolve(dev.name, clone)
    dev.write()
    found = Environment.resolve(dev.name, clone)
    assert found == Environment.resolve(str(dev.directory), clone)
    assert found.rehearses_a_cloud
    assert not found.cloud, "no verb may look for it in the real cloud"
    assert not found.rehearsed, "its hosts are the account's, not a rehearsal.yml's"
    assert place.rehearsed(found) == dev
    assert place.rehearsed(found).settings() == dev.settings()


def test_nothing_else_passes_for_a_rehearsal(dev: Rehearsed, clone: Path) -> None:
    dev.write()
    for name in ("one", "yours", "aws-dev", "aws-prod"):
        environment = Environment.resolve(name, clone)
        environment.make_state()
        assert not environment.rehearses_a_cloud, f"{name} would be taken down like a rehearsal"

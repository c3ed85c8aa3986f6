"""A verb never works on another environment than the one that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.environment import Environment
from ops.errors import OperationError


def test_a_name_and_a_path_lead_to_the_same_place(root: Path) -> None:
    by_name = Environment.resolve("one", root)
    by_path = Environment.resolve(f"{root}/stacks/one/", root)
    assert by_name == by_path
    assert by_name.state == root / ".shoestring" / "one", "state is never written among what people write"


def test_only_a_rehearsal_file_makes_it_rehearsed(one: Environment, yours: Environment) -> None:
    assert one.rehearsed
    assert not yours.rehearsed, "`down` would otherwise be let loose on servers that someone owns"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("onw", "Did you mean ENV=one?"),
        ("zzzzzz", "There are: one, yours."),
        ("", "There are: one, yours."),
        ("stacks/nowhere", "is not there"),
        ("../..", "rehearsal.yml"),
    ],
)
def test_an_unknown_one_is_named_with_what_there_is(root: Path, value: str, said: str) -> None:
    with pytest.raises(OperationError) as caught:
        Environment.resolve(value, root)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["Local", "a b", "x" * 31, "1st", "a_b", "über"])
def test_a_directory_that_cannot_name_hosts_is_refused(root: Path, name: str) -> None:
    (root / name).mkdir()
    (root / name / "footprint.yml").write_text("{}")
    with pytest.raises(OperationError, match="can't name an environment"):
        Environment.resolve(f"{root}/{name}", root)


def test_two_footprints_are_not_chosen_between(yours: Environment) -> None:
    (yours.directory / "footprint.json").write_text("{}")
    with pytest.raises(OperationError, match=r"holds both footprint.yml and footprint.json"):
        _ = yours.footprint


def test_a_missing_footprint_says_how_to_get_one(one: Environment) -> None:
    with pytest.raises(OperationError) as caught:
        _ = one.footprint
    assert caught.value.fix == "make up ENV=one"


def test_the_state_is_its_owners_alone_even_if_it_was_not(one: Environment) -> None:
    one.state.mkdir(parents=True)
    one.state.chmod(0o755)
    one.make_state()
    assert [path.stat().st_mode & 0o777 for path in (one.state, one.state.parent)] == [0o700, 0o700]

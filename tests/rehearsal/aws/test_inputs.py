"""The inputs of a resource: what was read of them, and what nobody looked at."""

from __future__ import annotations

from rehearsal.aws.inputs import Inputs

GIVEN = {
    "name": "data",
    "size": 8.0,
    "threshold": 0.5,
    "nothing": None,
    "empty": [],
    "tags": {"owner": "ml-team"},
    "rules": [{"id": "a", "filter": {}, "days": 7.0}, {"id": "b", "days": 8.0}],
}


def test_numbers_are_whole_where_they_can_be() -> None:
    given = Inputs(GIVEN)
    assert isinstance(given.get("size"), int), "botocore takes no float where AWS wants an integer"
    assert given.get("threshold") == 0.5


def test_what_is_none_or_empty_is_not_given() -> None:
    given = Inputs(GIVEN)
    assert given.pick(Nothing="nothing", Empty="empty", Absent="absent") == {}, "AWS may refuse an empty list"
    assert given.get("empty", ["default"]) == ["default"]
    assert given.unread() == ["name", "size", "threshold", "tags.owner", *_of_rules("id", "days")]


def _of_rules(*names: str) -> list[str]:
    return [f"rules[{index}].{name}" for index in range(2) for name in names]


def test_what_was_read_of_each_block_is_known() -> None:
    given = Inputs(GIVEN)
    assert [rule.get("id") for rule in given.parts("rules")] == ["a", "b"]
    assert given.tags() == [{"Key": "owner", "Value": "ml-team"}]
    assert given.unread() == ["name", "size", "threshold", *_of_rules("days")], "each is something AWS was not told"


def test_what_an_earlier_run_has_read_counts() -> None:
    first = Inputs(GIVEN)
    first.get("name"), first.get("rules")
    later = Inputs(GIVEN, first.seen)
    later.get("size"), later.get("threshold"), later.tags()
    assert later.unread() == [], "a run that was killed had sent its part"


def test_a_path_stands_for_any_place_in_a_list() -> None:
    given = Inputs(GIVEN)
    assert given.has("rules[].days")
    assert given.has("rules")
    assert not given.has("rules[].d"), "a name is not a part of another"
    assert not given.has("empty")

"""Old releases go by count, and never the one that serves nor the one to go back to."""

from __future__ import annotations

import os

import pytest
from ansible.module_utils import release_keep


@pytest.fixture
def served(place, bring):
    """Six releases that served in turn, and two that never did."""
    bring(*"ABCDEF")
    for name in "ABCDEF":
        place.append({"action": "deploy", "release": name})
    place.point("F")
    bring("never1", "never2")
    os.utime(place.releases / "never1", (1, 1))
    return place


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        (5, ["B", "C", "D", "E", "F"]),
        (3, ["D", "E", "F"]),
        (2, ["E", "F"]),
        (1, ["E", "F"]),
        (0, ["E", "F"]),
        (8, ["A", "B", "C", "D", "E", "F", "never1", "never2"]),
        (7, ["A", "B", "C", "D", "E", "F", "never2"]),
    ],
)
def test_the_number_is_kept_and_those_go_first_that_never_served(served, keep, left):
    gone = release_keep.prune(served, keep)
    assert served.present() == left
    assert len(gone) == 8 - len(left)


def test_after_going_back_the_two_that_count_are_others(served):
    served.append({"action": "rollback", "release": "C"})
    served.point("C")
    release_keep.prune(served, 0)
    assert served.present() == ["B", "C"]


def test_an_environment_goes_with_the_last_release_that_needs_it(place, bring):
    bring("A", environment="old")
    bring("B", "C", environment="new")
    for name in "ABC":
        place.append({"action": "deploy", "release": name})
    place.point("C")
    assert release_keep.prune(place, 2) == ["A", "old"]
    assert [path.name for path in place.environments.iterdir()] == ["new"]


def test_where_no_release_is_left_to_ask_no_environment_goes(place):
    (place.environments / "e1").mkdir()
    assert release_keep.prune(place, 2) == []


def test_what_a_killed_removal_left_goes_too(served):
    (served.releases / ".A.gone" / "model").mkdir(parents=True)
    release_keep.prune(served, 8)
    assert not (served.releases / ".A.gone").exists()


def test_room_is_an_empty_place_and_one_release_less(served):
    left = served.releases / ".new.partial"
    left.mkdir()
    (left / "half").write_text("of something")
    staging, gone = release_keep.room(served, "new", 1, 5)
    assert [path.name for path in staging.iterdir()] == ["model"]
    assert served.present() == ["C", "D", "E", "F"]
    assert len(gone) == 4


def test_a_disk_without_room_is_refused_in_megabytes(served):
    with pytest.raises(release_keep.RoomError, match=r"MB free, and 99999999 have to be"):
        release_keep.room(served, "new", 99999999, 5)
    assert not (served.releases / ".new.partial").exists()

"""A release that dies after the switch gives its place back; one that lives is recorded, once."""

from __future__ import annotations

import hashlib
import time

import pytest
from ansible.module_utils import release_switch
from ansible.module_utils.release_switch import SwitchError, switch, way_back

ALIVE = {"ActiveState": "active", "MainPID": "7", "Result": "success"}
ENTRY = {"id": "1", "action": "deploy", "by": "ada", "at": "2026-11-26T10:00:00+00:00"}
OPTIONS = {"watch": 0.3, "settle": "/usr/bin/true", "wait": True, "keep": 5}


@pytest.fixture
def two(place, bring):
    """A serves, B is brought."""
    bring("A", "B")
    place.append({"action": "deploy", "release": "A"})
    place.point("A")
    return place


def test_one_that_lives_serves_and_is_recorded_with_its_digests(two, systemd):
    systemd(ALIVE)
    done = switch(two, "B", ENTRY, time.time() - 5, OPTIONS)
    assert (two.current(), done["switched"], done["recorded"]) == ("B", True, True)
    entry = two.lines()[-1]
    assert 5 <= entry.pop("seconds") < 8
    assert entry == {
        **ENTRY,
        "before": "A",
        "release": "B",
        "service": "predictor",
        "wheel_sha256": "wheel of B",
        "model": {"name": "m", "version": "1"},
        "model_sha256": hashlib.sha256(b"1  a\n2  b\n").hexdigest(),  # as sha256sum lists its files
        "settings_sha256": "settings of B",
    }


@pytest.mark.parametrize(
    "later",
    [
        {"ActiveState": "failed", "MainPID": "0", "Result": "exit-code"},
        {"ActiveState": "activating", "MainPID": "0", "Result": "signal"},
        {"ActiveState": "active", "MainPID": "8", "Result": "success"},  # died, and systemd has begun it anew
    ],
)
def test_one_that_dies_gives_its_place_back_and_says_why(two, systemd, later):
    systemd(ALIVE, ALIVE, later)
    with pytest.raises(SwitchError, match=r"(?s)died \(.*KeyError: why it died"):
        switch(two, "B", ENTRY, time.time(), OPTIONS)
    assert two.current() == "A"
    assert [entry["release"] for entry in two.lines()] == ["A"]


def test_one_that_does_not_run_never_serves(two, systemd):
    systemd({"ActiveState": "inactive", "MainPID": "0"})
    with pytest.raises(SwitchError, match="is inactive, so it can't serve"):
        switch(two, "B", ENTRY, time.time(), OPTIONS)
    assert two.current() == "A"


def test_again_nothing_is_done_and_what_a_kill_left_unrecorded_is_recorded(two, systemd):
    asked = systemd(ALIVE)
    two.point("B")  # killed here
    assert switch(two, "B", ENTRY, time.time(), OPTIONS) | {"settled": []} == {
        "switched": False,
        "recorded": True,
        "settled": [],
        "removed": [],
    }
    assert two.lines()[-1]["before"] == "A"
    assert not any(switch(two, "B", ENTRY, time.time(), OPTIONS).values())
    assert len(two.lines()) == 2
    assert asked.read_text() == ""


def test_that_the_old_one_could_not_be_stopped_is_said(two, systemd):
    systemd(ALIVE)
    with pytest.raises(SwitchError, match="could not be stopped"):
        switch(two, "B", ENTRY, time.time(), {**OPTIONS, "settle": "/usr/bin/false"})
    assert two.current() == "B"


def test_a_rollback_does_not_wait_for_what_the_old_one_finishes(two, systemd):
    asked = systemd(ALIVE)
    switch(two, "B", ENTRY, time.time(), {**OPTIONS, "wait": False})
    (run,) = [line for line in asked.read_text().splitlines() if line.startswith("systemd-run ")]
    assert run.startswith("systemd-run --quiet --collect --no-block -pProtectSystem=strict ")
    assert run.endswith(" /usr/bin/true")


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("", "There is nothing to go back to: no release that is here served before today's. This host has A, AB, B"),
        ("C", "There is no release C on this host. This host has A, AB, B, and serves A"),
    ],
)
def test_no_way_back_is_said_with_what_there_is(two, bring, to, said):
    bring("AB")
    with pytest.raises(SwitchError, match=said):
        way_back(two, to)


def test_a_way_back_is_the_name_or_its_only_beginning(two, bring):
    bring("longer-1", "longer-2", "other-1")
    assert way_back(two, "A") == "A"
    assert way_back(two, "oth") == "other-1"
    with pytest.raises(SwitchError, match="There is 2 releases that begin with longer"):
        way_back(two, "longer")
    assert release_switch.unit("A") == "shoestring-service@A.service"

"""Which release one goes back to: the last that was good, whatever a kill or a power cut did to the record."""

from __future__ import annotations

import json

import pytest


def line(release, action="deploy"):
    return {"action": action, "release": release}


@pytest.fixture
def history(place, bring):
    """Has deploys and rollbacks ("<B") happen, with the last one in service."""

    def happen(*words):
        for word in words:
            name = word.strip("<")
            if not (place.releases / name).exists():
                bring(name)
            place.append(line(name, "rollback" if word.startswith("<") else "deploy"))
            place.point(name)
        return place

    return happen


@pytest.mark.parametrize(
    ("words", "back"),
    [
        ("A", None),
        ("A B", "A"),
        ("A B C", "B"),
        ("A B C <B", "A"),
        ("A B C <B <A", None),
        ("A B C <B D", "B"),  # and not C, which somebody left for a reason
        ("A B A", "B"),
        ("A B C <A B", "A"),
        ("A B C <A B <A", None),
    ],
)
def test_a_rollback_takes_the_last_good_one(history, words, back):
    assert history(*words.split()).back() == back


def test_one_that_is_gone_from_the_host_is_passed_over(history):
    place = history("A", "B", "C")
    (place.releases / "B" / "release.json").unlink()
    (place.releases / "B" / "venv").unlink()
    (place.releases / "B").rmdir()
    assert place.back() == "A"


def test_what_serves_counts_and_not_what_was_written_last(history):
    """Killed after the line and before the rename, or the other way round."""
    place = history("A", "B")
    place.append(line("C"))
    assert place.good() == ["A", "B"]
    place.point("D")
    assert place.good() == ["A", "B", "C", "D"]


def test_a_host_without_a_record_has_what_it_serves(place):
    assert (place.good(), place.back(), place.current()) == ([], None, None)
    place.point("A")
    assert (place.good(), place.back()) == (["A"], None)


@pytest.mark.parametrize("torn", ['{"action": "depl', "\0\0\0\0", "[1]", '{"release": 5}'])
def test_a_torn_line_costs_itself_alone(history, torn):
    place = history("A", "B")
    with place.record.open("a") as file:
        file.write(torn)
    place.append(line("C"))
    place.point("C")
    assert [entry["release"] for entry in place.lines()] == ["A", "B", "C"]
    assert all(json.loads(text) for text in place.record.read_text().splitlines() if text != torn)


def test_the_switch_is_one_rename_and_leaves_no_other_link(place):
    place.point("A")
    place.point("B")
    assert place.link.readlink().as_posix() == "releases/B"
    assert [path.name for path in place.root.iterdir() if path.is_symlink()] == ["current"]

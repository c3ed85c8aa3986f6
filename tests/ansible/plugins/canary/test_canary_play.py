"""A release that is not ready, wrong, slow or mute must not take traffic, and the message must say why."""

from __future__ import annotations

import json
import math

import pytest
from ansible.module_utils import canary_play
from ansible.module_utils.canary_play import (
    CanaryError,
    Case,
    differences,
    load,
    percentile95,
    play,
    wait_ready,
)

SET = {
    "name": "m",
    "version": "1",
    "path": "/v1/predictions",
    "tolerance_minutes": 0.01,
    "cases": [
        {"why": "one", "request": {"instances": [1]}, "delay": [2.0]},
        {"why": "a batch", "request": {"instances": [1, 2]}, "delay": [2.0, 4.005]},
    ],
}


@pytest.fixture
def canary(place):
    """Writes a canary set, SET with changes, and loads it."""

    def write(**changes):
        (place / "canary.json").write_text(json.dumps({**SET, **changes}))
        return load(place / "canary.json")

    return write


def test_right_answers_pass_and_every_case_is_played(release, place, canary):
    loaded = canary()
    times = play(str(place / "http.sock"), loaded.path, loaded.cases, 5)
    assert len(times) >= canary_play.SAMPLES, "a percentile of two plays means nothing"
    assert {len(request["instances"]) for _, request in release.asked} == {1, 2}
    assert {path for path, _ in release.asked} == {"/v1/predictions"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"answer": lambda _: {"predictions": [], "model": SET}},
            r"case 1 \(one\).*predictions: expected .*2\.0.*got \[\]",
        ),
        ({"answer": lambda _: {"model": SET}}, r"answer\.predictions is missing"),
        (
            {
                "answer": lambda r: {
                    "predictions": [{"delay": 2.02 * i} for i in r["instances"]],
                    "model": SET,
                }
            },
            r"case 1 \(one\): answer\.predictions\[0\]\.delay: expected 2\.0 within 0\.01, got 2\.02",
        ),
        (
            {
                "answer": lambda r: {
                    "predictions": [{"delay": 2 * i} for i in r["instances"]],
                    "model": {"name": "m", "version": "0"},
                }
            },
            r'answer\.model\.version: expected "1", got "0"',
        ),
        ({"answer": lambda _: b"<html>"}, r"case 1 \(one\): expected JSON, got <html>"),
        ({"status": 500}, r"case 1 \(one\): expected status 200, got 500"),
    ],
    ids=["no predictions", "no field", "wrong number", "wrong model", "not JSON", "status"],
)
def test_wrong_answers_are_named_with_case_expected_and_got(release, place, canary, change, says):
    for name, value in change.items():
        setattr(release, name, value)
    loaded = canary()
    with pytest.raises(CanaryError, match=says):
        play(str(place / "http.sock"), loaded.path, loaded.cases, 5)


def test_a_release_that_does_not_answer_is_named_within_the_timeout(release, place, canary):
    release.seconds = [2.0]
    with pytest.raises(CanaryError, match=r"case 1 \(one\): no answer from /v1/predictions: TimeoutError"):
        play(str(place / "http.sock"), "/v1/predictions", canary().cases, 0.1)


def test_the_warm_up_is_not_timed(release, place, canary):
    release.seconds = [0.3] * canary_play.WARM_UP
    times = play(str(place / "http.sock"), "/v1/predictions", canary().cases, 5)
    assert max(times) < 300


@pytest.mark.parametrize(
    ("expected", "got", "tolerance", "same"),
    [
        (1.0, 1.009, 0.01, True),
        (1, 1.0, 0.0, True),
        (1.0, math.nan, 1e9, False),
        (math.nan, math.nan, 1e9, False),
        (1.0, "1.0", 1.0, False),
        (1, True, 1.0, False),
        (None, None, 0.0, True),
        ("a", "a", 0.0, True),
        ("a", "b", 9.0, False),
        ({"a": 1}, {"a": 1, "id": "new each time"}, 0.0, True),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, 0.5, False),
        ([1, 2], [1], 0.0, False),
        ({}, [], 0.0, False),
    ],
)
def test_numbers_are_compared_within_the_tolerance_and_all_else_exactly(expected, got, tolerance, same):
    assert (differences(expected, got, tolerance) == []) is same


def test_services_of_your_own_give_expected_as_json(place):
    cases = [{"request": {"x": 1}, "expected": {"y": 2}, "tolerance": 0.5, "why": "mine"}]
    (place / "canary.json").write_text(json.dumps(cases))
    assert load(place / "canary.json").cases == [Case("case 1 (mine)", {"x": 1}, {"y": 2}, 0.5)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", r"cannot be read"),
        ("[]", r"holds no cases, so nothing would be checked"),
        ('{"cases": {}}', r"holds no cases"),
        ('[{"request": {}}]', r"case 1 .* expects nothing"),
        ('[{"delay": [1]}]', r"not a canary set \('request'\)"),
        ('[{"request": {}, "delay": 3}]', r"not a canary set"),
        ('[{"request": {}, "expected": 1, "tolerance": "wide"}]', r"not a canary set"),
        ('["x"]', r"not a canary set"),
    ],
)
def test_a_broken_set_is_refused_and_an_empty_one_too(place, text, says):
    (place / "canary.json").write_text(text)
    with pytest.raises(CanaryError, match=says):
        load(place / "canary.json")


def test_a_missing_set_is_refused(place):
    with pytest.raises(CanaryError, match="cannot be read"):
        load(place / "canary.json")


def test_ready_at_last(release, place):
    answers = [503, 503, 200]
    type(release).ready = property(lambda _: answers.pop(0), lambda *_: None)
    try:
        assert wait_ready(str(place / "http.sock"), "/readyz", 5, lambda: "") > 0.1
    finally:
        del type(release).ready


@pytest.mark.parametrize(("path", "says"), [("/readyz", "status 503.*as told"), ("/elsewhere", "status 404")])
def test_never_ready_says_the_last_answer(release, place, path, says):
    release.ready = 503
    with pytest.raises(CanaryError, match=rf"not ready within 0\.2 s; the last answer of {path} was {says}"):
        wait_ready(str(place / "http.sock"), path, 0.2, lambda: "")


def test_no_socket_says_so_and_a_dead_unit_is_not_waited_for(place):
    with pytest.raises(CanaryError, match="FileNotFoundError"):
        wait_ready(str(place / "http.sock"), "/readyz", 0.2, lambda: "")
    with pytest.raises(CanaryError, match="it died"):
        wait_ready(str(place / "http.sock"), "/readyz", 60, lambda: "it died")


def test_percentile_is_by_nearest_rank():
    assert percentile95([float(number) for number in range(1, 101)]) == 95
    assert percentile95([3.0]) == 3

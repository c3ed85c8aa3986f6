"""A proof shows that there was something to prove: counts are said, and a zero is a failure."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from ops import verify
from ops.environment import Environment
from ops.errors import OperationError
from ops.exposure.report import COUNTED, Problem, Report

HERE = Environment("three", Path("stacks/three"), Path(".shoestring/three"))
PROBLEM = Problem("app2:8080/tcp", "app1", "open, and not declared", "Close it", "{from: proxy, to: service}")


def report(**counts: int) -> Report:
    return Report(Counter({**dict.fromkeys(COUNTED, 3), **counts}))


def test_a_report_without_problems_is_taken() -> None:
    verify.refuse(HERE, report())


@pytest.mark.parametrize("name", COUNTED)
def test_what_came_to_nothing_is_refused(name: str) -> None:
    with pytest.raises(OperationError, match=f"Nothing was counted of: {name}"):
        verify.refuse(HERE, report(**{name: 0}))


def test_what_cannot_be_asked_is_said_and_is_no_failure() -> None:
    found = report(ports=0, open=0, buckets=0)
    found.add(Report(unasked={"ports": "by a tunnel alone", "buckets": "Google's"}))
    verify.refuse(HERE, found)


def test_a_problem_is_said_with_place_source_line_and_fix() -> None:
    found = report()
    found.add(Report(problems=[PROBLEM]))
    with pytest.raises(OperationError) as raised:
        verify.refuse(HERE, found)
    for part in (PROBLEM.where, PROBLEM.source, PROBLEM.what, PROBLEM.line, PROBLEM.fix, "make up ENV=three"):
        assert part in str(raised.value)


def test_programs_read_result_counts_and_problems() -> None:
    assert json.loads(report().json())["result"] == "ok"
    found = report(doors=7)
    found.add(Report(Counter(doors=2), [PROBLEM], ["/healthz"], {"buckets": "the moon"}))
    read = json.loads(found.json())
    assert (read["result"], read["checked"]["doors"]) == ("failed", 9)
    assert (read["open_to_all"], read["unasked"]) == (["/healthz"], {"buckets": "the moon"})
    assert read["problems"][0]["line"] == PROBLEM.line


def test_nothing_asked_is_no_success_for_programs_either() -> None:
    assert json.loads(report(doors=0).json())["result"] == "failed"


def test_the_line_says_each_count() -> None:
    line = report(ways=18, ports=1044, open=17, doors=360, backends=4, database=9, buckets=182).line()
    for number in ("18", "1044", "17", "360", "4", "9", "182"):
        assert number in line.replace(",", " ").split()

"""Old figures and an old look at the hosts are told before somebody relies on them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from infra.prices import table
from ops.doctor import limits, tables
from ops.doctor.line import FAIL, OK, WARN
from ops.environment import Environment

NOW = datetime(2026, 11, 26, 21, tzinfo=UTC)


def test_prices_grow_old() -> None:
    assert tables.prices().state == OK
    late = date.today() + timedelta(days=table.OLD_DAYS + 1)
    assert tables.prices(late).state == WARN
    assert tables.prices(late).fix == "make prices"


def test_googles_prices_grow_old_by_themselves() -> None:
    assert tables.prices(cloud="gcp").state == OK
    late = tables.prices(date.today() + timedelta(days=table.OLD_DAYS + 1), cloud="gcp")
    assert (late.state, "infra/prices/gcp.json" in late.fix) == (WARN, True), "no program reads them"


def drift(environment: Environment, **more: Any) -> Any:
    record = {"at": "2026-11-26T20:00:00Z", "environment": "one", "result": "clean", "count": 0, "findings": [], **more}
    (environment.make_state() / "drift.json").write_text(json.dumps(record))
    return tables.drift(environment, NOW)


def test_drift_that_nobody_looked_for(one: Environment) -> None:
    assert tables.drift(one).state == WARN
    assert tables.drift(one).fix == "make drift ENV=one"


def test_what_the_last_look_said(one: Environment) -> None:
    assert drift(one).state == OK
    found = drift(one, result="drift", count=3)
    assert (found.state, found.found) == (FAIL, "3 differences, looked for on 2026-11-26 20:00 UTC")
    assert drift(one, result="error").state == FAIL


def test_a_look_of_long_ago_is_none(one: Environment) -> None:
    at = NOW - timedelta(days=limits.DRIFT_WARN + 1)
    assert drift(one, at=at.isoformat()).state == WARN


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"at": 1, "result": "clean", "count": 0}', "\x00"])
def test_a_record_that_is_none_is_told(one: Environment, text: str) -> None:
    (one.make_state() / "drift.json").write_text(text)
    assert "is no record" in tables.drift(one).found


def test_a_time_without_its_zone_is_told(one: Environment) -> None:
    assert "is no record" in drift(one, at="2026-11-26T20:00:00").found

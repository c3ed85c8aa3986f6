"""How old two records are: of what things cost, and of whether the hosts are as they were left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

from infra.prices import table
from ops.doctor import limits
from ops.doctor.line import CONTROLLER, FAIL, OK, WARN, Line, env, plural
from ops.environment import Environment

PRICES, DRIFT = "price table", "drift"


def lines(environment: Environment) -> Iterator[Line]:
    yield prices(cloud=environment.settings().cloud if environment.cloud else "aws")
    yield drift(environment)


def prices(today: date | None = None, loaded: table.Table | None = None, cloud: str = "aws") -> Line:
    """The oldest figure's reading: a bill that is worked out from old prices is wrong."""
    loaded = loaded or table.of(cloud)
    read = min(loaded.read(price) for items in loaded.regions.values() for price in items.values())
    days = ((today or date.today()) - read).days
    if days > table.OLD_DAYS:
        found = f"read {plural(days, 'day')} ago, on {read}; {table.OLD_DAYS} are the bound"
        by_hand = f"Read each again at its source in infra/prices/{cloud}.json, and write today's date beside it"
        return Line(WARN, PRICES, CONTROLLER, found, "make prices" if cloud == "aws" else by_hand)
    return Line(OK, PRICES, CONTROLLER, f"read {plural(days, 'day')} ago")


def drift(environment: Environment, now: datetime | None = None) -> Line:
    """What `make drift` last found. Only `at`, `result` and `count` of its record are read."""
    path, look = environment.state / "drift.json", f"make drift {env(environment)}"
    if not path.is_file():
        return Line(WARN, DRIFT, CONTROLLER, "never looked for", look)
    try:
        record = json.loads(path.read_text())
        at, result, count = datetime.fromisoformat(record["at"]), str(record["result"]), int(record["count"])
        days = ((now or datetime.now(UTC)) - at).days
    except (ValueError, KeyError, TypeError):
        return Line(WARN, DRIFT, CONTROLLER, f"{path} is no record of a look", f"rm {path}; {look}")
    when = f"looked for on {at:%Y-%m-%d %H:%M} UTC"
    if result == "drift":
        return Line(
            FAIL,
            DRIFT,
            CONTROLLER,
            f"{plural(count, 'difference')}, {when}",
            f"{look} names them; make up {env(environment)}",
        )
    if result != "clean":
        return Line(FAIL, DRIFT, CONTROLLER, f"the look failed, {when}", look)
    if days > limits.DRIFT_WARN:
        return Line(WARN, DRIFT, CONTROLLER, f"none, but {when}, {plural(days, 'day')} ago", look)
    return Line(OK, DRIFT, CONTROLLER, f"none, {when}")

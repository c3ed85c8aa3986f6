"""Requests with known answers, that a new release must give before it takes traffic."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from predictor.features import MEASURED
from predictor.model import Model
from training.data import instances
from training.fit import SEED

# Answers are rounded to a thousandth and CPUs differ in a float's last bits; a wrong model is minutes away.
TOLERANCE_MINUTES = 0.01


def make(model: Model, test: pd.DataFrame) -> dict[str, Any]:
    """About twenty requests from the test months, answered by onnxruntime through the code that serves."""
    flights = [_given(flight) for flight in instances(test.sample(22, random_state=SEED))]
    bare = [name for name in flights[0] if name not in MEASURED]
    groups: list[tuple[str, list[dict[str, Any]]]] = [("as it was", [flight]) for flight in flights[:12]]
    groups += [("no optional field", [{name: flight[name] for name in bare}]) for flight in flights[12:15]]
    nulls = dict.fromkeys(MEASURED)
    groups += [("optional fields null", [{**flight, **nulls}]) for flight in flights[15:17]]
    # San Juan is not in the table of airports: place and time zone are really missing.
    island = test[test["destination"] == "SJU"].iloc[:1]
    groups += [("destination without coordinates", [_given(flight)]) for flight in instances(island)]
    groups += [("midnight", [{**flights[0], "scheduled_departure": "2028-02-29T00:00"}])]
    groups += [("a batch", flights[17:22])]
    return {
        "name": model.name,
        "version": model.version,
        "path": "/v1/predictions",
        "tolerance": TOLERANCE_MINUTES,
        "cases": [
            {
                "name": name,
                "request": {"instances": group},
                "expected": {"predictions": _expected(model, group)},
            }
            for name, group in groups
        ],
    }


def _expected(model: Model, group: list[dict[str, Any]]) -> list[dict[str, float]]:
    """The part of the answer that is compared; ids are new each time."""
    return [{"arrival_delay_minutes": delay} for delay in model.predict(group)]


def _given(flight: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flight.items() if not (isinstance(value, float) and math.isnan(value))}

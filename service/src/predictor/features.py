"""A flight, as a request describes it, turned into the model's input. Training goes through this too, so what
the model learned from and what it is asked cannot drift apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

Row = list[float]

# Optional fields that go into the model unchanged; missing ones stay missing (NaN), which the trees know.
MEASURED: Final = (
    "scheduled_duration_minutes",
    "temperature_f",
    "dew_point_f",
    "humidity_percent",
    "wind_speed_mph",
    "wind_gust_mph",
    "precipitation_inches",
    "pressure_hpa",
    "visibility_miles",
)

# The order of the model's columns. No month: one year of data cannot tell season from chance.
FEATURES: Final = (
    "carrier_delay",
    "origin_delay",
    "destination_delay",
    "destination_latitude",
    "destination_longitude",
    "distance_miles",
    "weekday",
    "minute_of_day",
    *MEASURED,
)


class Encoder:
    """Looks up what the model card knows of carriers and airports, its `vocabulary`:

    carrier      {code: mean delay in training, minutes}
    origin       {code: mean delay in training, minutes}
    destination  {code: {delay, latitude, longitude, distance: {origin: miles}}}; null where unknown
    """

    def __init__(self, vocabulary: Mapping[str, Mapping[str, Any]]) -> None:
        self.carriers: dict[str, float] = {code: float(v) for code, v in vocabulary["carrier"].items()}
        self.origins: dict[str, float] = {code: float(v) for code, v in vocabulary["origin"].items()}
        self.destinations: frozenset[str] = frozenset(vocabulary["destination"])
        self._routes: dict[tuple[str, str], Row] = {
            (origin, code): [
                _number(known["delay"]),
                _number(known["latitude"]),
                _number(known["longitude"]),
                _number(known["distance"][origin]),
            ]
            for code, known in vocabulary["destination"].items()
            for origin in self.origins
        }

    def encode(self, flight: Mapping[str, Any]) -> Row:
        """One row in the order of FEATURES. Raises KeyError for a code outside the vocabulary."""
        at = datetime.fromisoformat(flight["scheduled_departure"])
        origin = flight["origin"]
        return [
            self.carriers[flight["carrier"]],
            self.origins[origin],
            *self._routes[origin, flight["destination"]],
            at.weekday(),
            at.hour * 60 + at.minute,
            *[_number(flight.get(name)) for name in MEASURED],
        ]


def _number(value: float | None) -> float:
    return math.nan if value is None else value

"""The flights, as the requests that would have asked about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from predictor.flight import Flight
from training.version import data_directory

TARGET = "arr_delay"
# Everything that is read of a flight. What is known only once it has left (dep_time, dep_delay, arr_time,
# air_time) would make the error look wonderful and the service useless.
SCHEDULE = [
    *("year", "month", "day", "hour", "minute", "time_hour"),
    *("sched_dep_time", "sched_arr_time", "carrier", "origin", "dest", "distance"),
]

# The weather observed in the scheduled hour of departure stands in for its forecast (the card says so).
WEATHER = {
    "temp": "temperature_f",
    "dewp": "dew_point_f",
    "humid": "humidity_percent",
    "wind_speed": "wind_speed_mph",
    "wind_gust": "wind_gust_mph",
    "precip": "precipitation_inches",
    "pressure": "pressure_hpa",
    "visib": "visibility_miles",
}
_RENAME = {
    "dest": "destination",
    "distance": "distance_miles",
    "lat": "latitude",
    "lon": "longitude",
    **WEATHER,
}


@dataclass(frozen=True)
class Flights:
    """`table`: a flight a row, with a request's fields, distance_miles, latitude, longitude, month, delay."""

    table: pd.DataFrame
    scheduled: int
    not_arrived: int


def load() -> Flights:
    """All flights that arrived, in the order of the data set. Raises DataMissingError."""
    folder = data_directory()
    flights = pd.read_csv(folder / "flights.csv.zip", usecols=[*SCHEDULE, TARGET])
    weather = pd.read_csv(folder / "weather.csv", usecols=["origin", "time_hour", *WEATHER])
    airports = pd.read_csv(folder / "airports.csv", usecols=["faa", "lat", "lon", "tzone"])
    table = flights.merge(weather, on=["origin", "time_hour"], how="left", validate="many_to_one")
    table = table.merge(airports.rename(columns={"faa": "dest"}), on="dest", how="left", validate="many_to_one")
    departure = pd.to_datetime(table[["year", "month", "day", "hour", "minute"]])
    table["scheduled_departure"] = departure.dt.strftime("%Y-%m-%dT%H:%M")
    table["scheduled_duration_minutes"] = _duration(table, departure)
    table = _within_limits(table.rename(columns=_RENAME))
    arrived = table[TARGET].notna()
    kept = table[arrived].rename(columns={TARGET: "delay"}).reset_index(drop=True)
    return Flights(kept, scheduled=len(table), not_arrived=int((~arrived).sum()))


def instances(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The table's rows as requests; a missing value is NaN."""
    return table[[name for name in Flight.__annotations__ if name in table]].to_dict("records")  # type: ignore[return-value]


def _duration(table: pd.DataFrame, departure: pd.Series) -> pd.Series:
    """Minutes from scheduled departure to scheduled arrival: local times, so the zones are needed."""
    clock = pd.to_timedelta(table.sched_arr_time // 100 * 60 + table.sched_arr_time % 100, unit="min")
    arrival = departure.dt.normalize() + clock
    left = departure.dt.tz_localize("America/New_York").dt.tz_convert("UTC")
    duration = pd.Series(np.nan, index=table.index)
    for zone, rows in table.groupby("tzone").groups.items():
        local = arrival[rows].dt.tz_localize(str(zone), ambiguous="NaT", nonexistent="NaT")
        # The day of arrival is not in the data: nothing here flies for 24 hours.
        duration[rows] = ((local.dt.tz_convert("UTC") - left[rows]).dt.total_seconds() / 60) % 1440
    return duration


def _within_limits(table: pd.DataFrame) -> pd.DataFrame:
    """What the API would refuse is missing here (a wind of 1,048 mph was recorded once)."""
    for name, schema in TypeAdapter(Flight).json_schema()["properties"].items():
        for limits in schema.get("anyOf", []):
            if name in table and "minimum" in limits:
                table[name] = table[name].where(table[name].between(limits["minimum"], limits["maximum"]))
    return table

"""What a request says of a flight: the one list of fields, types and limits."""

from __future__ import annotations

from typing import Annotated, Any, Required

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict  # pydantic refuses typing's before Python 3.12

_LOCAL_TIME = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]$"


def _airport(text: str) -> Any:
    return Field(pattern="^[A-Z]{3}$", description=text)


def _number(low: float, high: float, text: str) -> Any:
    return Field(ge=low, le=high, allow_inf_nan=False, description=text)


@with_config(ConfigDict(extra="forbid", strict=True))
class Flight(TypedDict, total=False):
    """A flight before it leaves. Null and left out mean the same: not known."""

    carrier: Required[Annotated[str, Field(pattern="^[A-Z0-9]{2}$", description="IATA code of the airline")]]
    origin: Required[Annotated[str, _airport("IATA code of the airport of departure")]]
    destination: Required[Annotated[str, _airport("IATA code of the airport of arrival")]]
    scheduled_departure: Required[
        Annotated[str, Field(pattern=_LOCAL_TIME, description="Local time at the origin: 2013-12-24T17:35")]
    ]
    scheduled_duration_minutes: Annotated[float | None, _number(10, 1440, "To the scheduled arrival")]
    # The weather at the origin, as forecast for the hour of departure.
    temperature_f: Annotated[float | None, _number(-80, 140, "At the origin, as all that follows")]
    dew_point_f: Annotated[float | None, _number(-100, 100, "Dew point in degrees Fahrenheit")]
    humidity_percent: Annotated[float | None, _number(0, 100, "Relative humidity")]
    wind_speed_mph: Annotated[float | None, _number(0, 200, "Mean wind")]
    wind_gust_mph: Annotated[float | None, _number(0, 250, "Gusts")]
    precipitation_inches: Annotated[float | None, _number(0, 20, "In the hour")]
    pressure_hpa: Annotated[float | None, _number(850, 1100, "At sea level")]
    visibility_miles: Annotated[float | None, _number(0, 10, "10 stands for 10 or more")]

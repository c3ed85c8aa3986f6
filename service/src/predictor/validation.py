"""From a request's bytes to flights that the model can take: type, range and vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import orjson
from pydantic import TypeAdapter, ValidationError

from predictor import errors
from predictor.errors import ApiError
from predictor.features import Encoder
from predictor.flight import Flight
from predictor.settings import MAX_INSTANCES

_PATH_LENGTH = 100  # a field's name comes from the client
_TIME_MESSAGE = "Should be an existing local time at the origin, as 2013-12-24T17:35 (2000 to 2099, no offset)"


_FLIGHTS = TypeAdapter(list[Flight])


def parse(body: bytes, encoder: Encoder) -> list[Flight]:
    """The flights of a body `{"instances": [flight, ...]}`, 1 to 1,000. Raises ApiError 400 or 422."""
    try:
        document = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        raise ApiError(
            400, "malformed_json", "The body is not JSON in UTF-8 (NaN and Infinity are not JSON either)."
        ) from None
    instances = _instances(document)
    try:
        flights = _FLIGHTS.validate_python(instances)
    except ValidationError as error:
        raise _invalid(_from_pydantic(error)) from None
    problems = list(_problems(flights, encoder))
    if problems:
        raise _invalid(problems)
    return flights


def _instances(document: object) -> list[object]:
    """The list under "instances", checked before its items are: a long one costs nothing."""
    if not isinstance(document, dict):
        raise _invalid([{"path": "body", "message": 'Should be an object {"instances": [...]}'}])
    unknown: list[errors.Field] = [
        {"path": str(key)[:_PATH_LENGTH] or '""', "message": "Is not a field of a request"}
        for key in list(document)[: errors.MAX_FIELDS]
        if key != "instances"
    ]
    instances = document.get("instances")
    message = ""
    if not isinstance(instances, list):
        message = f"Should be a list of 1 to {MAX_INSTANCES} flights"
    elif not 1 <= len(instances) <= MAX_INSTANCES:
        message = f"Should hold 1 to {MAX_INSTANCES} flights, holds {len(instances)}"
    if message:
        unknown.insert(0, {"path": "instances", "message": message})
    if unknown:
        raise _invalid(unknown)
    assert isinstance(instances, list)
    return instances


def _problems(flights: Sequence[Flight], encoder: Encoder) -> Iterator[errors.Field]:
    """What only the model's vocabulary and the calendar can tell."""
    known = (
        ("carrier", encoder.carriers),
        ("origin", encoder.origins),
        ("destination", encoder.destinations),
    )
    for index, flight in enumerate(flights):
        for name, codes in known:
            if flight[name] not in codes:  # type: ignore[literal-required]
                message = f"Is not a {name} that the model knows; GET /v1/model lists them"
                yield {"path": f"instances[{index}].{name}", "message": message}
        try:
            datetime.fromisoformat(flight["scheduled_departure"])
        except ValueError:  # a 30th of February
            yield {"path": f"instances[{index}].scheduled_departure", "message": _TIME_MESSAGE}


def _from_pydantic(error: ValidationError) -> list[errors.Field]:
    fields: list[errors.Field] = []
    for item in error.errors(include_url=False, include_context=False, include_input=False)[: errors.MAX_FIELDS]:
        path = "instances" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in item["loc"])
        message = item["msg"]
        if item["type"] == "string_pattern_mismatch" and path.endswith(".scheduled_departure"):
            message = _TIME_MESSAGE
        fields.append({"path": path[:_PATH_LENGTH], "message": message})
    return fields


def _invalid(fields: Sequence[errors.Field]) -> ApiError:
    names = ", ".join(dict.fromkeys(field["path"] for field in fields[:3]))
    return ApiError(422, "invalid_request", f"The request is not valid at: {names}", fields)

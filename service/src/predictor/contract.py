"""The OpenAPI document: written from the types that validate, with the loaded model's vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from predictor.features import Encoder
from predictor.flight import Flight
from predictor.settings import MAX_BODY_BYTES, MAX_INSTANCES

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "fields"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "fields": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["path", "message"],
                        "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
                    },
                },
            },
        }
    },
}

_REQUEST = {
    "type": "object",
    "required": ["instances"],
    "additionalProperties": False,
    "properties": {
        "instances": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_INSTANCES,
            "items": {"$ref": "#/components/schemas/Flight"},
        }
    },
}

_PREDICTION = {
    "type": "object",
    "required": ["id", "arrival_delay_minutes"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "description": "The row in the prediction log"},
        "arrival_delay_minutes": {"type": "number", "description": "Below zero: early"},
    },
}

_RESPONSE = {
    "type": "object",
    "required": ["predictions", "model", "release"],
    "properties": {
        "predictions": {
            "type": "array",
            "items": _PREDICTION,
            "description": "In the order of the instances",
        },
        "model": {
            "type": "object",
            "required": ["name", "version"],
            "properties": {"name": {"type": "string"}, "version": {"type": "string"}},
        },
        "release": {"type": "string"},
    },
}


def _errors(**reasons: str) -> dict[int | str, dict[str, Any]]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {status.removeprefix("s"): {"description": text, "content": content} for status, text in reasons.items()}


# What the route of predictions says of itself.
PREDICTIONS: dict[str, Any] = {
    "summary": "Predict the arrival delay of 1 to 1,000 flights",
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}},
        }
    },
    "responses": {
        200: {
            "description": "One prediction a flight",
            "content": {"application/json": {"schema": _RESPONSE}},
        },
        **_errors(
            s400="The body is not JSON",
            s413=f"The body is over {MAX_BODY_BYTES} bytes",
            s415="The body is not application/json",
            s422="The body is not as described; `fields` says where",
        ),
    },
}


def install(app: FastAPI) -> None:
    """Makes `app` write its document from here; `app.state.encoder`, once there, gives the vocabulary."""

    def document() -> dict[str, Any]:
        flight = TypeAdapter(Flight).json_schema()
        encoder: Encoder | None = getattr(app.state, "encoder", None)
        if encoder is not None:
            known: dict[str, Iterable[str]] = {
                "carrier": encoder.carriers,
                "origin": encoder.origins,
                "destination": encoder.destinations,
            }
            for name, codes in known.items():
                flight["properties"][name]["enum"] = sorted(codes)
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schema["components"] = {"schemas": {"Flight": flight, "Request": _REQUEST, "Error": _ERROR}}
        return schema

    app.openapi = document  # type: ignore[method-assign]

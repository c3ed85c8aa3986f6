"""Every error has one shape: {"error": {"code", "message", "fields": [{"path", "message"}]}}."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import orjson
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

# Enough to mend a request, and an answer that stays small whatever was sent.
MAX_FIELDS = 20
_CODES = {404: "not_found", 405: "method_not_allowed"}
_MESSAGES = {
    404: "No such path; /openapi.json lists those there are.",
    405: "This path does not take that method.",
}


class Field(TypedDict):
    """One thing wrong with a request: where, and what was expected there."""

    path: str
    message: str


class ApiError(Exception):
    """Ends a request with a 4xx; never holds what the client sent, except the names of fields."""

    def __init__(self, status: int, code: str, message: str, fields: Sequence[Field] = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, list(fields)


def error_response(
    status: int,
    code: str,
    message: str,
    fields: Sequence[Field] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The JSON answer for an error."""
    body = {"error": {"code": code, "message": message, "fields": list(fields)[:MAX_FIELDS]}}
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def install(app: FastAPI) -> None:
    """Makes `app` answer every error in the one shape."""

    async def api_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        # The connection stays: uvicorn drops what is unread of a refused body, and nginx lets only so much through.
        return error_response(error.status, error.code, error.message, error.fields)

    async def http_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = _CODES.get(error.status_code, "http_error")
        message = _MESSAGES.get(error.status_code, "The request was refused.")
        return error_response(error.status_code, code, message, headers=error.headers)

    async def disconnect(_: Request, __: Exception) -> Response:
        return error_response(400, "client_disconnected", "The connection ended before the request was complete.")

    async def unexpected(_: Request, __: Exception) -> Response:
        return error_response(500, "internal_error", "The service failed to answer; its log has the cause.")

    app.add_exception_handler(ApiError, api_error)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(ClientDisconnect, disconnect)
    app.add_exception_handler(Exception, unexpected)

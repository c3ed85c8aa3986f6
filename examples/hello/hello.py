"""The least that is a service: an ASGI application, without a framework, a model or a database."""

import json
import os


async def app(scope, receive, send):
    """Answers GET /health, and GET /hello with the name of the caller's API key."""
    if scope["type"] != "http":  # uvicorn also announces start and end; nothing to do then
        return
    caller = dict(scope["headers"]).get(b"x-api-key-name", b"world").decode()
    answers = {"/health": {"status": "ready"}, "/hello": {"hello": caller, "release": os.environ["SERVICE_RELEASE"]}}
    answer = answers.get(scope["path"])
    body = json.dumps(answer or {"error": "there is nothing at this path"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200 if answer else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body})

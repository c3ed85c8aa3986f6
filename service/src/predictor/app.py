"""The HTTP service: `uvicorn --uds SOCKET predictor.app:app`."""

from __future__ import annotations

import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response

from predictor import __version__, contract, errors
from predictor.database import Database
from predictor.errors import ApiError
from predictor.flight import Flight
from predictor.log import OFF, PredictionLog
from predictor.metrics import CountRequests, Metrics
from predictor.model import Model
from predictor.settings import MAX_BODY_BYTES, Settings
from predictor.spool import Spool
from predictor.validation import parse


@dataclass(frozen=True)
class Service:
    """What the routes need, made at start."""

    settings: Settings
    model: Model
    metrics: Metrics
    log: PredictionLog | None

    async def predict(self, flights: list[Flight]) -> dict[str, Any]:
        """The answer for flights; each prediction is durable in the log when this returns."""
        delays = self.model.predict(flights)
        ids = [str(uuid.uuid4()) for _ in flights]
        release, name, version = self.settings.release, self.model.name, self.model.version
        if self.log is not None:
            row = {"at": datetime.now(UTC), "release": release, "model": name, "model_version": version}
            await self.log.append(
                [
                    orjson.dumps({**row, "id": key, "input": flight, "output": delay})
                    for key, flight, delay in zip(ids, flights, delays, strict=True)
                ]
            )
        self.metrics.predictions.inc(len(flights))
        return {
            "predictions": [
                {"id": key, "arrival_delay_minutes": delay} for key, delay in zip(ids, delays, strict=True)
            ],
            "model": {"name": name, "version": version},
            "release": release,
        }


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; without `settings` it reads the environment when it starts, not when imported."""
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        _log_to_stderr()
        chosen = settings or Settings.load()
        model = Model.load(chosen.model_directory)
        log = None
        if chosen.spool_directory is not None:
            spool = Spool(chosen.spool_directory, chosen.spool_max_bytes)
            log = PredictionLog(Database(), spool, chosen.log_memory_bytes, sync=chosen.log_sync)
            metrics.watch(log, spool)
            log.start()
        metrics.describe(chosen.release, model)
        app.state.encoder = model.encoder
        app.state.service = Service(chosen, model, metrics, log)
        yield
        # uvicorn gets here after the last answer went out.
        if log is not None:
            await log.stop()

    app = FastAPI(
        title="Arrival delay",
        version=__version__,
        description="How late a flight from New York arrives, predicted before it leaves.",
        lifespan=lifespan,
        # Their pages load scripts from elsewhere; /openapi.json is all that tools need.
        docs_url=None,
        redoc_url=None,
    )
    errors.install(app)
    contract.install(app)
    app.add_middleware(CountRequests, metrics=metrics)
    _routes(app)
    return app


def _routes(app: FastAPI) -> None:
    @app.post("/v1/predictions", **contract.PREDICTIONS)
    async def predictions(request: Request) -> Response:
        service: Service = app.state.service
        flights = parse(await _body(request), service.model.encoder)
        return _json(await service.predict(flights))

    @app.get("/v1/model", summary="The model card: data, error, vocabulary")
    async def model() -> Response:
        return _json(app.state.service.model.card)

    @app.get("/healthz", summary="The process answers")
    async def healthz() -> Response:
        return _json({"status": "alive"})

    @app.get("/readyz", summary="The model is loaded; `database` and `spool` are ok, degraded or off")
    async def readyz() -> Response:
        # Also 200 without the database: predictions go on, and taking every instance away would help nobody.
        service: Service = app.state.service
        model = {"name": service.model.name, "version": service.model.version}
        database, spool = (OFF, OFF) if service.log is None else (service.log.state, service.log.spool_state)
        log = {"database": database, "spool": spool}
        return _json({"status": "ready", "release": service.settings.release, "model": model, **log})

    @app.get("/metrics", summary="Prometheus metrics")
    async def metrics() -> Response:
        return Response(app.state.service.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _body(request: Request) -> bytes:
    """The request's body. Raises ApiError 413 as soon as it is too long, 415 when it isn't plain JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise ApiError(415, "unsupported_media_type", "The body should be application/json, not compressed.")
    too_long = ApiError(413, "too_large", f"The body should be at most {MAX_BODY_BYTES} bytes.")
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 15 or int(length) > MAX_BODY_BYTES):
        raise too_long
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise too_long
    return bytes(body)


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


def _log_to_stderr() -> None:
    """uvicorn sets up its own loggers only, and Python shows no INFO by itself."""
    logger = logging.getLogger("predictor")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)


app = create_app()

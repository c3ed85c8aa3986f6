"""What the service says, and to whom."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from predictor.app import create_app
from predictor.model import Model, ModelError
from predictor.settings import Settings, SettingsError
from tests.service.server import FLIGHT


def test_the_canary_set_is_answered_as_it_was_when_trained(client: TestClient, model_directory: Path) -> None:
    canary = json.loads((model_directory / "canary.json").read_text())
    assert len(canary["cases"]) >= 20
    assert {case["name"] for case in canary["cases"]} >= {
        "no optional field",
        "optional fields null",
        "a batch",
    }
    for case in canary["cases"]:
        answer = client.post(canary["path"], json=case["request"])
        assert answer.status_code == 200, answer.text
        got = [prediction["arrival_delay_minutes"] for prediction in answer.json()["predictions"]]
        assert got == pytest.approx(
            [one["arrival_delay_minutes"] for one in case["expected"]["predictions"]], abs=canary["tolerance"]
        ), case["name"]


def test_an_answer_says_which_model_and_release_gave_it(client: TestClient, card: dict[str, Any]) -> None:
    answer = client.post("/v1/predictions", json={"instances": [FLIGHT, FLIGHT]}).json()
    assert answer["model"] == {"name": "arrival-delay", "version": card["version"]}
    assert answer["release"] == "test"
    assert len({uuid.UUID(prediction["id"]) for prediction in answer["predictions"]}) == 2


def test_without_a_database_it_is_ready_and_says_so(client: TestClient, card: dict[str, Any]) -> None:
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready",
        "release": "test",
        "model": {"name": "arrival-delay", "version": card["version"]},
        "database": "off",
        "spool": "off",
    }
    assert client.get("/healthz").json() == {"status": "alive"}


def test_no_page_loads_anything_from_elsewhere(client: TestClient) -> None:
    for path in ("/docs", "/redoc", "/docs/oauth2-redirect"):
        assert client.get(path).status_code == 404, "FastAPI's own pages load scripts from a CDN"


def test_openapi_has_the_vocabulary_and_only_references_that_exist(client: TestClient, card: dict[str, Any]) -> None:
    document = client.get("/openapi.json").json()
    flight = document["components"]["schemas"]["Flight"]
    for name in ("carrier", "origin", "destination"):
        assert flight["properties"][name]["enum"] == sorted(card["vocabulary"][name])
    assert flight["additionalProperties"] is False
    text = json.dumps(document)
    references = {part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}
    assert references <= set(document["components"]["schemas"])
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/predictions/../../etc/passwd", 404, "not_found"),
        ("GET", "/%00%ff", 404, "not_found"),
        ("GET", "/v1/predictions", 405, "method_not_allowed"),
        ("DELETE", "/v1/predictions", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
    ],
)
def test_every_error_has_the_one_shape(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"].keys() == {"code", "message", "fields"}
    assert answer.json()["error"]["code"] == code


def test_a_bug_is_a_500_without_its_insides(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[float]:
        raise RuntimeError("secret-inside")

    monkeypatch.setattr(Model, "predict", broken)
    answer = client.post("/v1/predictions", json={"instances": [FLIGHT]})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    assert "secret-inside" not in answer.text
    assert "Traceback" not in answer.text
    assert 'path="/v1/predictions",status="500"' in client.get("/metrics").text, "a 500 must be countable"


def test_metrics_do_not_grow_with_what_is_asked(client: TestClient) -> None:
    for number in range(50):
        client.get(f"/nothing/{number}")
    text = client.get("/metrics").text
    assert "/nothing/" not in text, "a path comes from the client: as a label it would fill memory"
    assert "service_predictions_total" in text


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ("missing", "no readable model"),
        ("truncated", "is not the file its card.json describes"),
        ("other", "lists other features"),
        ("card", "no readable model"),
    ],
)
def test_a_damaged_model_is_refused_at_start(model_directory: Path, tmp_path: Path, damage: str, reason: str) -> None:
    graph = (model_directory / "model.onnx").read_bytes()
    card = json.loads((model_directory / "card.json").read_text())
    if damage == "truncated":
        graph = graph[:-1]
    if damage == "other":
        card["features"] = card["features"][::-1]
    if damage != "missing":
        (tmp_path / "model.onnx").write_bytes(graph)
    (tmp_path / "card.json").write_text("{" if damage == "card" else json.dumps(card))
    with pytest.raises(ModelError, match=f"{reason}.*python -m training"):
        Model.load(tmp_path)


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({}, "SERVICE_MODEL_DIR"),
        ({"SERVICE_MODEL_DIR": "/m", "PGHOST": "h"}, "SERVICE_SPOOL_DIR"),
        ({"SERVICE_MODEL_DIR": "/m", "PGHOST": "h", "SERVICE_SPOOL_DIR": "/none"}, "SERVICE_SPOOL_DIR"),
        ({"SERVICE_MODEL_DIR": "/m", "SERVICE_LOG_SYNC": "never"}, "SERVICE_LOG_SYNC=never .*`always` nor `interval`"),
    ],
)
def test_a_missing_setting_is_named(environment: dict[str, str], names: str) -> None:
    with pytest.raises(SettingsError, match=names):
        Settings.load(environment)


def test_what_was_answered_is_on_the_disk_unless_somebody_says_otherwise() -> None:
    plain = {"SERVICE_MODEL_DIR": "/m"}
    assert Settings.load(plain).log_sync
    assert not Settings.load({**plain, "SERVICE_LOG_SYNC": "interval"}).log_sync


def test_importing_the_app_needs_no_environment() -> None:
    create_app()

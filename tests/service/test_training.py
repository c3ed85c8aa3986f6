"""The model is honest: it learns from what is known before departure, and is tested on later days."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from predictor.features import FEATURES, MEASURED, Encoder
from predictor.flight import Flight
from tests.service.server import SOURCE
from training import data, fit, store, version

KNOWN_ONLY_AFTER = {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time"}


def test_no_column_leaks_the_answer() -> None:
    read = {*data.SCHEDULE, *data.WEATHER}
    assert not read & KNOWN_ONLY_AFTER, "known only once the flight has left"
    assert not set(Flight.__annotations__) & KNOWN_ONLY_AFTER
    assert not set(FEATURES) & (KNOWN_ONLY_AFTER | {"delay"})


def test_the_split_is_by_time(card: dict[str, Any]) -> None:
    train, test = card["split"]["train"], card["split"]["test"]
    assert train["to"] < test["from"], "a random split would test on days that the model has seen"
    rows = train["rows"] + test["rows"] + test["left_out_unknown_code"]
    assert rows == card["data"]["flights"] - card["data"]["not_arrived"] == 327346


def test_codes_that_only_later_months_have_are_left_out() -> None:
    table = pd.DataFrame({"month": [1, 12, 12], "carrier": ["AA", "AA", "ZZ"]}).assign(
        origin="JFK", destination="LAX", delay=0.0
    )
    split = fit.split(table)
    assert (len(split.train), len(split.test), split.unseen) == (1, 1, 1)


def test_the_vocabulary_is_learned_from_the_training_months_alone(card: dict[str, Any]) -> None:
    assert "LEX" not in card["vocabulary"]["destination"], "its one flight is in November"
    assert {len(card["vocabulary"][name]) for name in ("carrier", "origin")} == {16, 3}


def test_the_model_beats_both_naive_constants_in_both_errors(card: dict[str, Any]) -> None:
    error = card["error_minutes"]
    for measure in ("mae", "rmse"):
        best = min(error["baseline_training_median"][measure], error["baseline_training_mean"][measure])
        assert error["model"][measure] < best, measure
    bare = error["model_without_optional_fields"]
    assert bare["mae"] < error["baseline_training_median"]["mae"], "without weather it must still be worth asking"
    assert error["model"]["mae"] > 15, "too good to be true: something leaks"


def test_onnx_answers_as_scikit_learn_does(card: dict[str, Any]) -> None:
    assert card["onnx_parity"]["rows"] == card["split"]["test"]["rows"], "compared on the whole test set"
    assert card["onnx_parity"]["max_abs_difference"] < 0.001


def test_the_card_says_what_it_was_made_from(card: dict[str, Any], model_directory: Path) -> None:
    assert card["version"] == model_directory.name == version.model_version()
    assert card["data"]["sha256"] == version.data_digest()
    assert set(card["libraries"]) >= {"scikit-learn", "onnxruntime", "skl2onnx"}
    assert card["features"] == list(FEATURES)
    assert set(card["feature_ranges"]) == set(FEATURES)


def test_the_version_is_told_quickly_and_without_the_libraries() -> None:
    code = "import sys; from training.version import model_version as v; print(v(), 'sklearn' in sys.modules)"
    started = time.monotonic()
    command = [sys.executable, "-c", code]
    out = subprocess.run(command, env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, check=True)
    assert out.stdout.split() == [version.model_version(), "False"]
    assert time.monotonic() - started < 5


def test_the_version_follows_the_code(tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "src")
    command = [sys.executable, "-m", "training", "--version-only"]

    def told() -> str:
        out = subprocess.run(command, cwd=tmp_path / "src", capture_output=True, text=True, check=True)
        return str(json.loads(out.stdout)["version"])

    assert told() == version.model_version(), "the same code elsewhere makes the same model"
    with (tmp_path / "src/predictor/app.py").open("a") as file:
        file.write("# the API\n")
    assert told() == version.model_version(), "the API has no part in the model"
    with (tmp_path / "src/training/fit.py").open("a") as file:
        file.write("# the model\n")
    assert told() != version.model_version()


@pytest.mark.parametrize("damage", ["model.onnx", "canary.json", "card.json"])
def test_a_damaged_model_in_the_cache_is_no_hit(model_directory: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / version.NAME / model_directory.name
    shutil.copytree(model_directory, copy)
    found = store.summary(tmp_path)
    assert found is not None
    assert set(found["files"]) == set(store.FILES)
    (copy / damage).write_bytes((copy / damage).read_bytes()[:-9])
    assert store.summary(tmp_path) is None


def test_encoding_is_what_the_columns_say(card: dict[str, Any]) -> None:
    encoder = Encoder(card["vocabulary"])
    flight = {
        "carrier": "UA",
        "origin": "EWR",
        "destination": "IAH",
        "scheduled_departure": "2013-12-24T17:35",
    }
    row = dict(zip(FEATURES, encoder.encode({**flight, "wind_speed_mph": 12.5}), strict=True))
    assert (row["weekday"], row["minute_of_day"], row["distance_miles"]) == (1, 17 * 60 + 35, 1400)
    assert row["wind_speed_mph"] == 12.5
    assert row["carrier_delay"] == card["vocabulary"]["carrier"]["UA"]
    missing = [name for name, value in row.items() if value != value]
    assert missing == [name for name in MEASURED if name != "wind_speed_mph"]


def test_real_missing_values_are_in_the_data(card: dict[str, Any]) -> None:
    assert card["vocabulary"]["destination"]["SJU"]["latitude"] is None
    assert card["feature_ranges"]["wind_gust_mph"]["missing"] > 0.5


@pytest.mark.full
def test_the_same_inputs_make_the_same_bytes(model_directory: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "training", "--out", str(tmp_path)]
    environment = {"PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1"}
    out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    made = json.loads(out.stdout)
    assert made["trained"] is True
    kept = store.summary(model_directory.parents[1])
    assert kept is not None
    assert made["files"] == kept["files"], "on another number of cores, too"

"""The model: what it learns from, how it is split, and how wrong it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor

from predictor.features import FEATURES, MEASURED, Encoder
from training.data import instances

# Trained on January to October, tested on November and December: the model is used on days it has not seen.
FIRST_TEST_MONTH = 11
SEED = 20131101
# Flights that a code's mean delay is averaged with, so that ten of them don't make a reputation.
_SMOOTHING = 50
# Every optional field may be left out of a request, so the model sees that happen: as often as this.
_BLANKED = 0.2

Matrix = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Split:
    """Rows to learn from and rows to be tested on; `unseen` counts test rows that the API would refuse."""

    train: pd.DataFrame
    test: pd.DataFrame
    unseen: int


def split(table: pd.DataFrame) -> Split:
    """By time. Codes that only the test months have are outside the vocabulary, as they would be in use."""
    later = table["month"] >= FIRST_TEST_MONTH
    train, test = table[~later], table[later]
    known = pd.Series(True, index=test.index)
    for name in ("carrier", "origin", "destination"):
        known &= test[name].isin(set(train[name]))
    return Split(train, test[known], int((~known).sum()))


def vocabulary(train: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What predictor.features.Encoder looks up, learned from the training rows alone."""
    overall = train["delay"].mean()

    def delays(name: str) -> dict[str, float]:
        sums = train.groupby(name)["delay"].agg(["sum", "count"])
        means = (sums["sum"] + _SMOOTHING * overall) / (sums["count"] + _SMOOTHING)
        return {str(code): round(float(value), 4) for code, value in means.items()}

    destinations: dict[str, Any] = {}
    delay = delays("destination")
    for code, rows in train.groupby("destination"):
        place = rows.iloc[0]
        miles = rows.groupby("origin")["distance_miles"].first()
        destinations[str(code)] = {
            "delay": delay[str(code)],
            "latitude": _known(place["latitude"]),
            "longitude": _known(place["longitude"]),
            # The origins lie within 20 miles: where one has no such flight, the others' mean will do.
            "distance": {origin: float(miles.get(origin, miles.mean())) for origin in sorted(set(train["origin"]))},
        }
    return {"carrier": delays("carrier"), "origin": delays("origin"), "destination": destinations}


def matrix(encoder: Encoder, table: pd.DataFrame) -> Matrix:
    """[rows, len(FEATURES)], made by the very function that serves."""
    return np.array([encoder.encode(flight) for flight in instances(table)], dtype=np.float32)


def fit(features: Matrix, delay: Vector) -> HistGradientBoostingRegressor:
    """Learns the typical delay: absolute error, since a mean is ruled by the few that are ten hours late."""
    blanked = features.copy()
    random = np.random.default_rng(SEED)
    weather = [FEATURES.index(name) for name in MEASURED if name != "scheduled_duration_minutes"]
    for columns in (weather, [FEATURES.index("scheduled_duration_minutes")]):
        hit = np.flatnonzero(random.random(len(features)) < _BLANKED)
        blanked[hit[:, None], columns] = np.nan
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=200,
        learning_rate=0.06,
        max_leaf_nodes=31,
        min_samples_leaf=100,
        early_stopping=False,  # its validation rows would be drawn at random, across time
        random_state=SEED,
    )
    return model.fit(blanked, delay)


def without_options(features: Matrix) -> Matrix:
    """The same flights asked about with no optional field given."""
    bare = features.copy()
    bare[:, [FEATURES.index(name) for name in MEASURED]] = np.nan
    return bare


def errors(actual: Vector, predicted: Vector | float) -> dict[str, float]:
    """Mean absolute and root mean square error, minutes."""
    difference = actual - predicted
    return {
        "mae": round(float(np.abs(difference).mean()), 3),
        "rmse": round(float(np.sqrt((difference**2).mean())), 3),
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

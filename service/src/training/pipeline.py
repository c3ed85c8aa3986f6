"""From data to a stored model, once per version."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from training import store
from training.version import model_version


def ensure(root: Path) -> dict[str, Any]:
    """The model of today's code and data, trained if `root` lacks it.

    Answers {name, version, directory, files: {file: sha256}, trained: bool}.
    Raises DataMissingError, and OSError when `root` can't be written.
    """
    with store.locked(root):
        found = store.summary(root)
        if found is not None:
            return {**found, "trained": False}
        train(root)
        made = store.summary(root)
        if made is None:
            raise OSError(f"the model just written to {root} can't be read back")
        return {**made, "trained": True}


def train(root: Path) -> None:
    """Trains and saves the model. Takes about 20 s on two cores."""
    # Here, since a model that is already there needs none of them: 2 s of imports.
    from predictor.features import Encoder
    from predictor.model import Model
    from training import canary, card, data, export, fit

    flights = data.load()
    split = fit.split(flights.table)
    vocabulary = fit.vocabulary(split.train)
    encoder = Encoder(vocabulary)
    features = fit.matrix(encoder, split.train)
    model = fit.fit(features, split.train["delay"].to_numpy(dtype="float64"))
    error, tested, predicted = card.evaluate(model, encoder, split)
    graph = export.to_onnx(model)
    parity = {"rows": len(tested), "max_abs_difference": export.largest_difference(graph, tested, predicted)}
    results: dict[str, Any] = {"error_minutes": error, "onnx_parity": parity}
    version = model_version()
    written = {"version": version, **card.make(flights, split, vocabulary, features, results)}
    files = {"model.onnx": graph, "canary.json": _json(canary.make(Model(written, graph), split.test))}
    written["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    store.save(root, version, {**files, "card.json": _json(written)})


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1, sort_keys=True, allow_nan=False).encode() + b"\n"

"""The model: an ONNX file and its card, checked against each other when loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from predictor.features import FEATURES, Encoder


class ModelError(Exception):
    """The model cannot be served; the text says why and what to do."""


class Model:
    """A loaded model; `card` is card.json as it is."""

    def __init__(self, card: Mapping[str, Any], graph: bytes) -> None:
        self.card = card
        self.name: str = card["name"]
        self.version: str = card["version"]
        self.encoder = Encoder(card["vocabulary"])
        options = onnxruntime.SessionOptions()
        # One thread: a request is far too small to share, and the host runs other things.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    @staticmethod
    def load(directory: Path) -> Model:
        """Reads card.json and model.onnx. Raises ModelError when they are missing, damaged or at odds."""
        fix = f"Fetch the model into {directory} again, or train one with `python -m training --out DIR`."
        try:
            card = json.loads((directory / "card.json").read_bytes())
            graph = (directory / "model.onnx").read_bytes()
            expected = card["files"]["model.onnx"]
            features = tuple(card["features"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{directory}: no readable model ({error!r}), so nothing can be served. {fix}") from error
        if hashlib.sha256(graph).hexdigest() != expected:
            raise ModelError(f"{directory}/model.onnx is not the file its card.json describes. {fix}")
        if features != FEATURES:
            raise ModelError(f"{directory}/card.json lists other features than this release makes. {fix}")
        try:
            return Model(card, graph)
        except Exception as error:  # onnxruntime raises its own kinds, without a common base
            raise ModelError(f"{directory}/model.onnx does not load ({error!r}). {fix}") from error

    def predict(self, flights: Sequence[Mapping[str, Any]]) -> list[float]:
        """Arrival delay in minutes of each flight, to a thousandth. KeyError outside the vocabulary."""
        rows = np.array([self.encoder.encode(flight) for flight in flights], dtype=np.float32)
        (output,) = self._session.run(None, {self._input: rows})
        return [round(value, 3) for value in output.ravel().tolist()]

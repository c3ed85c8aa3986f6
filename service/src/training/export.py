"""From scikit-learn to ONNX."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
from skl2onnx import convert_sklearn, update_registered_converter
from skl2onnx.common.data_types import FloatTensorType
from skl2onnx.common.shape_calculator import calculate_linear_regressor_output_shapes
from skl2onnx.operator_converters.random_forest import convert_sklearn_random_forest_regressor_converter
from sklearn.ensemble import HistGradientBoostingRegressor

from predictor.features import FEATURES
from training.fit import Matrix, Vector
from training.version import NAME

_OPSET = {"": 17, "ai.onnx.ml": 1}


class _IntegerFlags:
    """Passes everything to a converter's container, flags as integers: skl2onnx 1.20 writes False for leaves,
    where ONNX has an integer, and protobuf 7 refuses that."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, *arguments: Any, **attributes: Any) -> Any:
        flags = "nodes_missing_value_tracks_true"
        if flags in attributes:
            attributes[flags] = [int(flag) for flag in attributes[flags]]
        return self._container.add_node(*arguments, **attributes)


def _convert(scope: Any, operator: Any, container: Any) -> None:
    convert_sklearn_random_forest_regressor_converter(scope, operator, _IntegerFlags(container))


def to_onnx(model: HistGradientBoostingRegressor) -> bytes:
    """The model as an ONNX graph: float32 [n, len(FEATURES)] in, float32 [n, 1] out."""
    update_registered_converter(
        HistGradientBoostingRegressor,
        "ArrivalDelayTrees",
        calculate_linear_regressor_output_shapes,
        _convert,
        overwrite=True,
    )
    shape = [("features", FloatTensorType([None, len(FEATURES)]))]
    graph = convert_sklearn(model, name=NAME, initial_types=shape, target_opset=_OPSET)
    data: bytes = graph.SerializeToString(deterministic=True)
    return data


def largest_difference(graph: bytes, features: Matrix, expected: Vector) -> float:
    """Between ONNX's answers and scikit-learn's over all rows, minutes."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {session.get_inputs()[0].name: features})
    return float(np.abs(output.ravel() - expected).max())

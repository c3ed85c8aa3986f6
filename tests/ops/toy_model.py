"""A model's files as training writes them. Imported by a toy's training too, which is started often."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

CANARY = '{"cases": [{"request": 1, "expected": 2}]}'


def write(directory: Path, version: str, weights: str = "weights", **card: Any) -> dict[str, str]:
    """A model's files, and their digests; `card` is over what belongs into the card."""
    contents = {"model.onnx": weights, "canary.json": CANARY}
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in contents.items()}
    contents["card.json"] = json.dumps({"name": "toy", "version": version, "files": digests} | card)
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        (directory / name).write_text(text)
    return digests | {"card.json": hashlib.sha256(contents["card.json"].encode()).hexdigest()}

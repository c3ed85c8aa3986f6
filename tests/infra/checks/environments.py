"""An environment's directory for tests: a good Footprint, and the files that a case puts beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from tests.infra.footprints import three, write

MAIN = "group_vars/all/main.yml"


class Bad(NamedTuple):
    """A file with `text` in it is refused: at `key`, with `expected` and `fix` in the words of the refusal."""

    text: str
    key: str
    expected: str
    fix: str
    path: str = MAIN


def make(root: Path, files: dict[str, str], document: dict[str, Any] | None = None) -> Path:
    """Writes the environment `three` below `root`; the path of its Footprint."""
    footprint = write(root, document or three())
    for name, text in files.items():
        path = footprint.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return footprint

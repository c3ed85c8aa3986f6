"""Writing files whole, and telling whether one is what it should be."""

from __future__ import annotations

import hashlib
from pathlib import Path

from infra.files import write

__all__ = ["sha256", "write"]


def sha256(path: Path) -> str:
    """The file's digest, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(path: Path) -> str:
    """The same for a file that may be lacking: its digest, or in words why there is none."""
    try:
        return sha256(path) if path.is_file() else "no such file"
    except OSError as error:
        return str(error.strerror)

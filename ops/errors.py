"""The one error that a person is meant to read."""

from __future__ import annotations

import textwrap
from pathlib import Path


class OperationError(Exception):
    """Cause, consequence and the command that fixes it; the command line prints these and no traceback.

    cause: what is wrong, naming the file, host or value. consequence: what did not happen because of it.
    fix: what to type or change. log: a file that holds the rest, if there is one.
    """

    def __init__(self, cause: str, consequence: str, fix: str, log: Path | None = None) -> None:
        super().__init__(cause)
        self.cause, self.consequence, self.fix, self.log = cause, consequence, fix, log

    def __str__(self) -> str:
        parts = [self.cause, f"  so:  {_hang(self.consequence)}", f"  fix: {_hang(self.fix)}"]
        if self.log is not None:
            parts.append(f"  log: {self.log}")
        return "\n".join(parts)


def _hang(text: str) -> str:
    return textwrap.indent(text, " " * 7).lstrip()

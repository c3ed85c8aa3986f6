"""How a bad Footprint, and what its refusal must say, is written down."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.infra.footprints import three


class Bad(NamedTuple):
    """Set `at` to `value`; then a problem stands at `path` whose expectation and fix contain these words."""

    at: str
    value: object
    path: str
    expected: str
    fix: str
    base: dict[str, Any] = three()

"""What a part of `bootstrap` returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """One call that changes something. `says`: what is there after it, for a list that a person reads."""

    says: str
    call: Callable[[], Any]

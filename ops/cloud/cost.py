"""One thing of an environment that is there and costs money, as ops/cloud/<cloud>/costs.py finds it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """One thing that is there. `why`: how the cloud counts it."""

    what: str
    id: str
    why: str

    def __str__(self) -> str:
        return f"{self.what} {self.id}: {self.why}"

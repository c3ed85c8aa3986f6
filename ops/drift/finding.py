"""What was found, and what could not be looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

CLEAN, DRIFT, ERROR = "clean", "drift", "error"


@dataclass(frozen=True, order=True)
class Finding:
    """One thing. `host`: its name, or `cloud`. `kind` and `name` are what `host_accepted_drift` lists as `kind name`.

    `what`: a sentence for people. `fix`: the command that puts it right. `diff`: a unified one, where there is one.
    """

    host: str
    kind: str
    name: str
    what: str
    fix: str
    diff: str = ""

    @property
    def key(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass
class Report:
    """Of one look at an environment. `at`: an ISO time in UTC. `unused`: what is accepted, and is not there."""

    environment: str
    at: str
    findings: list[Finding] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)

    @property
    def result(self) -> str:
        """`error` if something could not be looked at, whatever was found elsewhere."""
        return ERROR if self.problems else DRIFT if self.findings else CLEAN

    def plain(self) -> dict[str, Any]:
        """What FORMAT=json prints, and the state directory keeps."""
        return {
            "at": self.at,
            "environment": self.environment,
            "result": self.result,
            "count": len(self.findings),
            "findings": [asdict(one) for one in self.findings],
            "problems": self.problems,
            "accepted_but_absent": self.unused,
        }

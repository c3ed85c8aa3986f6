"""Stacks whose settings are at their limits, besides those of stacks/: the longest of everything that is taken."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import Any

from infra.settings import Settings
from ops import invented
from rehearsal import program
from rehearsal.program import Made
from tests.infra.aws import plans as shared

LONGEST = "e" + "n" * 30
GROUPS = ["dashboard", "orchestrator", "proxy", "service", "telemetry", "tracking"]
HOSTS = [
    {"name": "h" * 23, "groups": ["proxy", "service"]},
    {"name": "a" * 23, "groups": GROUPS[:2], "spot": True},
    {"name": "b", "groups": ["service"]},
]
ONE = [{"name": "d" * 14, "groups": ["database", *GROUPS]}]
NAME = ".".join(["x" * 60] * 3 + ["acme", "dev"])
LIMITS: dict[str, tuple[str, dict[str, Any]]] = {
    "long names, two machines": (
        "gcp-prod",
        {
            "hosts": HOSTS,
            "limits": {"spot": 1},
            "owner": "o" * 55 + ".o@a_b-",
            "names": [NAME],
            "zone": "z" * 63,
            "size": "large",
        },
    ),
    "all groups on one": ("gcp-dev", {"hosts": ONE, "size": "large", "nat": True, "owner": "o.o"}),
    "who may come from where": (
        "gcp-prod",
        {
            "ssh": "jump",
            "admin_cidrs": ["198.51.100.0/24", "2001:db8:7::/48"],
            "public_cidrs": ["203.0.113.0/24", "::/0"],
            "cidr": "172.16.0.0/24",
            "budget": {"monthly_usd": 100_000, "emails": [f"{number}@acme.dev" for number in range(10)]},
        },
    ),
    "thrown away": ("gcp-dev", {"deletion_protection": False, "budget": {"monthly_usd": 1, "emails": ["o@acme.dev"]}}),
}


@functools.cache
def made(what: str, name: str = LONGEST) -> Made:
    """What the program registers for such settings, under the longest name that an environment may have."""
    base, settings = LIMITS[what]
    with tempfile.TemporaryDirectory() as directory:
        file = shared.written(Path(directory), base, **settings).rename(Path(directory, f"Pulumi.{name}.yaml"))
        return program.run(file, invented.cloud(Settings.load(file)), preview=True)

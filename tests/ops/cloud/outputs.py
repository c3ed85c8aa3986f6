"""The stack's output as the real program registers it, with addresses that are not the documentation's."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.program import Made
from tests.infra.aws import plans
from tests.infra.gcp import plans as of_google

REAL = {"203.0.113.": "18.196.7.", "2001:db8:": "2a05:d014:"}


def footprint(made: Made) -> dict[str, Any]:
    """A copy of its `footprint`."""
    text = json.dumps(made.outputs["footprint"])
    for invented, real in REAL.items():
        text = text.replace(invented, real)
    document: dict[str, Any] = json.loads(text)
    return document


def of(name: str) -> dict[str, Any]:
    """That of stacks/Pulumi.<name>.yaml."""
    return footprint((of_google if name in of_google.STACKS else plans).stack(name))

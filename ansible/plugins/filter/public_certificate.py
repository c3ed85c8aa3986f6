"""Asks infra/public.py, on the controller, whether the environment's public certificate can be served."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


def public_certificate_faults(directory: str, public: Mapping[str, Any], key: str) -> str:
    """Everything that is wrong, for people; empty if nothing is. `directory` is the environment's."""
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))  # the repo is not installed in every Python
    from infra.public import CertificateError, problems

    found = list(problems(Path(directory), public, key))
    return str(CertificateError(directory, found)) if found else ""


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Name -> filter."""
        return {"public_certificate_faults": public_certificate_faults}

"""Build hook: the wheel's dependencies are the lines of requirements.in, so that they are written once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RequirementsHook(MetadataHookInterface):
    """Fills `project.dependencies` from requirements.in."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Sets `dependencies` in `metadata`; raises OSError when requirements.in is missing."""
        lines = Path(self.root, "requirements.in").read_text(encoding="utf-8").splitlines()
        stripped = (line.split("#", 1)[0].strip() for line in lines)
        metadata["dependencies"] = [line for line in stripped if line]

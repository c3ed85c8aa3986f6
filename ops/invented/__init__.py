"""Clouds that are not there: each answers the program as the real one would, with ids and addresses of nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.settings import Settings
from infra.settings_clouds import Gcp
from ops.invented.aws import Aws
from ops.invented.gcp import Google

if TYPE_CHECKING:
    from rehearsal.program import Provider


def cloud(settings: Settings) -> Provider:
    """The same program gets the same answers, on every machine."""
    return Google(settings) if isinstance(settings, Gcp) else Aws(settings.region)

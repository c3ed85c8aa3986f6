"""The service's settings: environment variables, read once at start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# One request may carry 1,000 flights of a few hundred bytes each. The proxy has its own limit; this one holds
# when something reaches the socket without passing it.
MAX_BODY_BYTES = 1024 * 1024
MAX_INSTANCES = 1000


class SettingsError(Exception):
    """A setting is missing or wrong; the text says which, what follows, and how to put it right."""


@dataclass(frozen=True)
class Settings:
    """What one instance runs with; `database` false means no database and no prediction log."""

    release: str
    model_directory: Path
    database: bool
    spool_directory: Path | None
    # Whether rows are on the disk, and not only with the kernel, before their prediction is answered.
    log_sync: bool = True
    # Memory that waiting log rows may take, and disk that spooled ones may, both in bytes.
    log_memory_bytes: int = 4 * 1024 * 1024
    spool_max_bytes: int = 1024 * 1024 * 1024

    @staticmethod
    def load(environment: Mapping[str, str] = os.environ) -> Settings:
        """Reads SERVICE_* and PGHOST. Raises SettingsError."""
        model = environment.get("SERVICE_MODEL_DIR", "")
        if not model:
            raise SettingsError(
                "SERVICE_MODEL_DIR is not set, so there is no model to serve. "
                "Set it to a directory with model.onnx and card.json (`python -m training --out DIR`)."
            )
        database = bool(environment.get("PGHOST"))
        spool = environment.get("SERVICE_SPOOL_DIR", "")
        if database and not spool:
            raise SettingsError(
                "PGHOST is set and SERVICE_SPOOL_DIR is not, so predictions would be lost while the database "
                "is down. Set SERVICE_SPOOL_DIR to a directory that this user can write, or unset PGHOST."
            )
        if database and not os.access(spool, os.W_OK | os.X_OK):
            raise SettingsError(
                f"SERVICE_SPOOL_DIR={spool} is not a directory that this user can write, so predictions "
                "would be lost while the database is down. Create it and give it to this user."
            )
        sync = environment.get("SERVICE_LOG_SYNC") or "always"
        if sync not in ("always", "interval"):
            raise SettingsError(
                f"SERVICE_LOG_SYNC={sync} is neither `always` nor `interval`, so it is not known what a power cut may "
                "cost. Set it to `always` (nothing that was answered) or `interval` (the last 0.2 s), or unset it."
            )
        return Settings(
            release=environment.get("SERVICE_RELEASE") or "development",
            model_directory=Path(model),
            database=database,
            spool_directory=Path(spool) if database else None,
            log_sync=sync == "always",
        )

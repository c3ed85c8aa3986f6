"""Short-lived keys from the emulated STS, kept for as long as they are good: a run that is repeated changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ops import files
from rehearsal.planes.wanted import Key

# versitygw takes ids that begin as AWS's temporary ones do for those of an STS of its own, and no session's token.
TEMPORARY, TAKEN = "ASIA", "TEMP"
LEAST = timedelta(minutes=20)  # that a key is good for when a run begins with it


def ask(kept: Path, whose: str, fetch: Callable[[], Mapping[str, Any]], now: datetime | None = None) -> Key:
    """The key in the file `kept`, or where that has none that lasts, the one that `fetch`, a call of STS, answers."""
    known: dict[str, dict[str, str]] = json.loads(kept.read_text()) if kept.is_file() else {}
    least = (now or datetime.now(UTC)) + LEAST
    if whose not in known or datetime.fromisoformat(known[whose]["until"]) < least:
        given = fetch()["Credentials"]
        access = given["AccessKeyId"].replace(TEMPORARY, TAKEN, 1)
        known[whose] = {
            "access": access,
            "secret": given["SecretAccessKey"],
            "until": given["Expiration"].astimezone(UTC).isoformat(),
        }
        files.write(kept, json.dumps(known, indent=2), 0o600)
    return Key(known[whose]["access"], known[whose]["secret"])

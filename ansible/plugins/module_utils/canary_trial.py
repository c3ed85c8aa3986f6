"""One release on a host, tried before it takes traffic: started, waited for, asked the canary set."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ansible.module_utils import canary_play as canary
from ansible.module_utils import release_unit


def trial(options: dict[str, Any]) -> dict[str, Any]:
    """Tries the release that `options` are of: those of the module `canary`, all of them.

    Returns {ready_seconds, played, p95_ms, elapsed}. Raises CanaryError with the unit's log.
    """
    begin = time.monotonic()
    listener, unit = options["socket"], options["unit"]
    other = release_unit.Command(options["alongside"]) if options["alongside"] else None
    try:
        if options["start"] and (refused := release_unit.start(unit)):
            raise canary.CanaryError(f"{unit} can't be started: {refused}")
        plays = canary.load(Path(options["canary"])) if options["canary"] else None
        seconds = canary.wait_ready(
            listener, options["ready_path"], options["ready_timeout"], lambda: release_unit.death(unit) if unit else ""
        )
        milliseconds: list[float] = []
        if plays:
            path = options["path"] or plays.path
            milliseconds = canary.play(listener, path, plays.cases, options["timeout"])
        slow = canary.percentile95(milliseconds) if milliseconds else 0.0
        if 0 < options["latency_ms"] < slow:
            raise canary.CanaryError(
                f"too slow: 95th percentile of {len(milliseconds)} plays {slow:.1f} ms,"
                f" allowed {options['latency_ms']:g} ms"
            )
    except canary.CanaryError as error:
        log = release_unit.words(unit) if unit else ""
        raise canary.CanaryError(f"The release on {listener} may not take traffic: {error}.{log}") from None
    if other and (refused := other.refusal(options["alongside_good"])):
        raise canary.CanaryError(f"The release on {listener} may not take traffic: {refused}")
    played = {"played": len(milliseconds), "p95_ms": round(slow, 2), "elapsed": round(time.monotonic() - begin, 3)}
    return {"ready_seconds": round(seconds, 2), **played}

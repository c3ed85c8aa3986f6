"""In which of an environment's two zones a host lies."""

from __future__ import annotations

import re

ZONES = 2


def of(host: str) -> int:
    """The number of the zone that a host lies in, by its name alone: app1 in the first, app2 in the second.

    A volume can't leave its zone, so where a host lies must not change when another one is added or removed.
    """
    number = re.search(r"\d+$", host)
    return (int(number[0]) - 1) % ZONES if number else 0

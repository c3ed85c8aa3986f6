"""A host lies in the zone that its name says, and stays there."""

from __future__ import annotations

import pytest

from infra import zones


@pytest.mark.parametrize(
    ("host", "zone"), [("app1", 0), ("app2", 1), ("app3", 0), ("app10", 1), ("solo", 0), ("db-2", 1), ("2x", 0)]
)
def test_a_hosts_zone_is_told_by_its_name(host: str, zone: int) -> None:
    assert zones.of(host) == zone, "numbered hosts are spread, and no other host has a say: its volume can't move"

"""Order: what fails in a second comes before what takes a minute to boot."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Unit tests, then those on real hosts; each group in its own order."""
    items.sort(key=lambda item: item.get_closest_marker("hosts") is not None)

"""Order, and what may run side by side: tests that share hosts stay together, other files go to whoever is idle."""

from __future__ import annotations

import pytest

SHARED = "first_up"  # the fixture of the three hosts that most tests on hosts use


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long chain on the shared hosts begins at once; of the rest, what fails in a second comes first.

    The groups are pytest-xdist's (`--dist loadgroup`), which `make test` uses. A plain pytest takes units first.
    A file that names a group of its own gets the hosts of whichever worker takes it.
    """
    side_by_side = config.getoption("numprocesses", None) is not None or hasattr(config, "workerinput")

    def place(item: pytest.Item) -> int:
        if SHARED in getattr(item, "fixturenames", ()):
            return 0 if side_by_side else 2
        on_hosts = item.nodeid.startswith("tests/hosts/") or item.get_closest_marker("hosts")
        return 2 if on_hosts else 1

    items.sort(key=place)
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        shared = SHARED in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group(SHARED if shared else item.nodeid.partition("::")[0]))

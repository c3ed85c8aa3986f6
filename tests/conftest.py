"""Order, and what may run side by side: tests that share hosts stay together, other files go to whoever is idle."""

from __future__ import annotations

import os

import pytest

SHARED = "first_up"  # the fixture of the three hosts that most tests on hosts use
# Of the long matrices on such hosts, those that get three hosts of their own: about half of the time.
SECOND = {"releases", "test_fuzz.py", "test_own_service.py"}
REHEARSED = "hosts"  # that of the two hosts of tests/rehearsal, one environment for all its files
SHARD = os.environ.get("SHARD", "")  # 2/4: of the files with long matrices every fourth, beginning with the second
BEHIND = 10  # nice: the chain on hosts is the longest, and what runs beside it has the time that it leaves


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long chains on shared hosts begin at once, then comes what says by a timeout of its own that it is long.

    Of the rest, what fails in a second comes first; files on hosts are next, and the small parts of the long matrices
    fill the end, when one worker is done before the other. A plain pytest takes units first.
    The groups are pytest-xdist's (`--dist loadgroup`), which `make test` uses.
    """
    shard(config, items)
    side_by_side = config.getoption("numprocesses", None) is not None or hasattr(config, "workerinput")

    def place(item: pytest.Item) -> int:
        on_hosts = item.nodeid.startswith("tests/hosts/") or item.get_closest_marker("hosts") is not None
        if not side_by_side:
            return 3 if on_hosts else 2
        if SHARED in getattr(item, "fixturenames", ()):
            return 0
        if item.get_closest_marker("timeout"):
            return 1
        if on_hosts:
            return 3
        return 4 if item.get_closest_marker("full") else 2

    items.sort(key=place)
    for item in items:
        group, fixtures = item.nodeid.partition("::")[0], getattr(item, "fixturenames", ())
        if REHEARSED in fixtures:
            group = REHEARSED
        if SHARED in fixtures:
            # The long matrices are two chains, each on hosts of its own; without them hosts are made once.
            two = not SHARD and item.get_closest_marker("full") and not SECOND.isdisjoint(item.path.parts)
            group = f"{SHARED}, second" if two else SHARED
        item.add_marker(pytest.mark.xdist_group(group))


def shard(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the long matrices of other shards; in all of them together is each file once."""
    if not SHARD:
        return
    this, of = map(int, SHARD.split("/"))
    if not 1 <= this <= of:
        raise pytest.UsageError(f"SHARD={SHARD} is none of {of}: write SHARD=1/{of}")
    long = sorted({item.path for item in items if item.get_closest_marker("full")})
    others = {path for place, path in enumerate(long) if place % of != this - 1}
    left: list[pytest.Item] = []
    kept: list[pytest.Item] = []
    for item in items:
        (left if item.path in others and item.get_closest_marker("full") else kept).append(item)
    config.hook.pytest_deselected(items=left)
    items[:] = kept


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests on shared hosts come before all others, where who runs them may say so: both ways, so root."""
    if os.geteuid() == 0:
        os.setpriority(os.PRIO_PROCESS, 0, 0 if SHARED in getattr(item, "fixturenames", ()) else BEHIND)

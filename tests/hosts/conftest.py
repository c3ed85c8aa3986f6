"""Hosts that live as long as the test session: made by the verbs that users have, gone afterwards."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ops.environment import ROOT
from tests.hosts.site import SHARED, Site

REASON = "hosts need root on Linux: sudo make test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this directory needs real hosts."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.hosts)
            if sys.platform != "linux" or os.geteuid() != 0:
                item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="session")
def _vault_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A vault key for the tests alone: the user's own is neither read nor made."""
    if {"SHOESTRING_TEST_SITE", "SHOESTRING_TEST_CLOUDS"} & os.environ.keys():  # what stands has its vault already
        yield
        return
    before = os.environ.get("XDG_CONFIG_HOME")
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))
    yield
    if before is None:
        del os.environ["XDG_CONFIG_HOME"]
    else:
        os.environ["XDG_CONFIG_HOME"] = before


@pytest.fixture(scope="session")
def first_up(_vault_key: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """The layout of stacks/local in a range of its own, brought up from nothing; and what `up` printed.

    Tests that run side by side have one each, by the number of pytest-xdist's worker.
    With SHOESTRING_TEST_SITE=stacks/<name> the tests use that environment, already up, and leave it up.
    """
    if kept := os.environ.get("SHOESTRING_TEST_SITE"):
        site = Site(Path(kept).resolve())
        yield site, site.must("up")
        return
    local = yaml.safe_load((ROOT / "stacks/local/rehearsal.yml").read_text())
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    number = 16 + worker
    directory = tmp_path_factory.mktemp("stacks") / SHARED[worker]
    directory.mkdir()
    moved = {"bridge": f"shoetest{number}", "subnet4": f"10.78.{number}.0/24", "subnet6": f"fd78:5705:{number}::/64"}
    hosts = [{**host, "address": host["address"].replace("10.77.0.", f"10.78.{number}.")} for host in local["hosts"]]
    (directory / "rehearsal.yml").write_text(yaml.safe_dump({**local, **moved, "hosts": hosts}))
    site = Site(directory)
    site.verb("down")  # what a killed run left
    try:
        yield site, site.must("up")
    finally:
        site.must("down")


@pytest.fixture(scope="session")
def site(first_up: tuple[Site, str]) -> Site:
    """Three hosts that serve."""
    return first_up[0]

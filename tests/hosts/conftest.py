"""Hosts that live as long as the test session: made by the verbs that users have, gone afterwards."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pytest
import yaml

from ops import vault
from ops.environment import ROOT
from tests.hosts.site import SHARED, Site

REASON = "hosts need root on Linux: sudo make test"


def own(locks: Path) -> tuple[str, int, TextIO]:
    """The first environment whose hosts no other worker has, the third byte of its addresses, and the lock, held."""
    for number, name in enumerate(SHARED):
        held = (locks / f"{name}.lock").open("w")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
        else:
            return name, 16 + number, held
    raise AssertionError(f"tests/conftest.py makes more than {len(SHARED)} groups of tests that share hosts")


def ranges(subnet: int) -> dict[str, str]:
    return {"bridge": f"shoetest{subnet}", "subnet4": f"10.78.{subnet}.0/24", "subnet6": f"fd78:5705:{subnet}::/64"}


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
    kept = os.environ.get("SHOESTRING_TEST_KEEP")
    os.environ["XDG_CONFIG_HOME"] = str(Path(kept, "config") if kept else tmp_path_factory.mktemp("config"))
    if kept:
        with Path(kept, "lock").open("w") as file:  # the other worker makes one as well
            fcntl.flock(file, fcntl.LOCK_EX)
            vault.key(create=True)
    yield
    if before is None:
        del os.environ["XDG_CONFIG_HOME"]
    else:
        os.environ["XDG_CONFIG_HOME"] = before


@pytest.fixture(scope="session")
def first_up(_vault_key: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """The layout of stacks/local in a range of its own, brought up from nothing; and what `up` printed.

    With SHOESTRING_TEST_SITE=stacks/<name> the tests use that environment, already up, and leave it up.
    With SHOESTRING_TEST_KEEP=<a directory> the hosts outlive the run, and the next one with the same directory goes on
    with them; who made the directory takes them down (tests.hosts.reclaim).
    """
    if given := os.environ.get("SHOESTRING_TEST_SITE"):
        site = Site(Path(given).resolve())
        yield site, site.must("up")
        return
    kept = os.environ.get("SHOESTRING_TEST_KEEP")
    name, subnet, held = own(Path(kept) if kept else tmp_path_factory.getbasetemp().parent)
    directory = (Path(kept) if kept else tmp_path_factory.mktemp("stacks")) / name
    site = Site(directory)
    if not (kept and directory.exists()):
        directory.mkdir()
        local = yaml.safe_load((ROOT / "stacks/local/rehearsal.yml").read_text())
        hosts = [
            {**host, "address": host["address"].replace("10.77.0.", f"10.78.{subnet}.")} for host in local["hosts"]
        ]
        (directory / "rehearsal.yml").write_text(yaml.safe_dump({**local, **ranges(subnet), "hosts": hosts}))
        site.verb("down")  # what a killed run left
    try:
        yield site, site.must("up")
    finally:
        if not kept:
            site.must("down")
        held.close()


@pytest.fixture(scope="session")
def site(first_up: tuple[Site, str]) -> Site:
    """Three hosts that serve."""
    return first_up[0]


@dataclass(frozen=True)
class LoudRun:
    """A run, and what the vault held meanwhile."""

    done: subprocess.CompletedProcess[str]
    vault: dict[str, Any]


@pytest.fixture(scope="session")
def second_run(site: Site) -> LoudRun:
    """The plain playbook on hosts that are up, as loud as it can be: it changes nothing, and prints no secret."""
    return LoudRun(site.playbook("site", "-vvv", "--diff"), vault.read(site.environment.vault, vault.key()))

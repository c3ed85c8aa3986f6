"""`drift` on real hosts: an environment that is as it was made has none, and every edit by hand is named, by its name.

The rules of a cloud's account are in tests/ops/drift/test_account.py.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.hosts.drifted import EDITS
from tests.hosts.site import Site


def drift(site: Site, code: int) -> list[dict[str, Any]]:
    """What it found; `code` is how it has to end."""
    done = site.verb("drift", FORMAT="json")
    assert done.returncode == code, done.stdout
    report = json.loads(done.stdout[done.stdout.index("{") :])
    assert report["problems"] == []
    found: list[dict[str, Any]] = report["findings"]
    return found


def among(found: list[dict[str, Any]], host: str, pattern: str) -> list[dict[str, Any]]:
    return [one for one in found if one["host"] == host and fnmatchcase(f"{one['kind']} {one['name']}", pattern)]


@pytest.fixture
def edited(site: Site) -> Iterator[None]:
    """The hosts with every edit at once, and as they were afterwards."""
    with ExitStack() as stack:
        for what, edit in EDITS.items():
            stack.callback(site.ssh, edit.host, edit.undo)
            done = site.ssh(edit.host, edit.do)
            assert done.returncode == 0, (what, done.stderr)
        yield


@pytest.mark.full
@pytest.mark.usefixtures("edited")
def test_every_edit_is_named_and_nothing_else_is(site: Site) -> None:
    """All in one look: one hides no other. Seen to fail: users of packages explained a password, reloads were told."""
    assert len(EDITS) >= 20
    found = drift(site, 2)
    wanted = [(what, edit.host, pattern) for what, edit in EDITS.items() for pattern in edit.found]
    assert [one for one in wanted if len(among(found, *one[1:])) != 1] == [], "each is told, and once"
    named = [one for _, host, pattern in wanted for one in among(found, host, pattern)]
    assert [one for one in found if one not in named] == []
    assert all(one["fix"] for one in found)


@pytest.mark.full
def test_everyday_life_is_no_drift(site: Site) -> None:
    """Else nobody reads it after a week: deploys, a way back, a backup, a reboot, and the edits above taken back."""
    done = site.playbook("deploy", "-e", json.dumps({"service_environment": {"TRIAL": f"{time.time_ns()}"}}))
    assert done.returncode == 0, done.stdout
    for verb, words in (("rollback", {}), ("deploy", {}), ("backup", {}), ("reboot", {"HOST": "app2"})):
        done = site.verb(verb, YES="1", **words)
        assert done.returncode == 0, done.stdout
    assert drift(site, 0) == []

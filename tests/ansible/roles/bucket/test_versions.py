"""Old versions: kept long enough to undo a deletion or an overwriting, then removed; a current object never."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

import pytest

from .conftest import Gateway, settings_of

DAY = 86400.0


@pytest.fixture
def versions(scripts: dict[str, ModuleType], gateway: Gateway) -> Any:
    """The script, over a gateway with its buckets and these objects: one kept, one overwritten, one deleted."""
    module = __import__("versions")
    root = scripts["s3"].Client(scripts["s3"].root_keys())
    scripts["provision"].provision(root, settings_of(gateway))
    for name, bodies in {"kept": [b"1"], "over written": [b"1", b"2"], "deleted": [b"1"]}.items():
        for body in bodies:
            assert root.send("PUT", f"/backups/of/{name}", body=body)[0] == 200
            time.sleep(0.01)
    assert root.send("DELETE", "/backups/of/deleted")[0] == 204
    module.root = root
    return module


def test_nothing_young_is_removed(versions: Any) -> None:
    ages = [time.time() - each.at for found in versions.histories(versions.root, "backups").values() for each in found]
    assert all(-1 < age < 60 for age in ages), "the time is not read from the version"
    assert versions.prune(versions.root, "backups", time.time() - DAY) == 0
    assert {key: len(found) for key, found in versions.histories(versions.root, "backups").items()} == {
        "of/kept": 1,
        "of/over written": 2,
        "of/deleted": 2,
    }


def test_what_is_old_goes_and_what_is_current_stays(versions: Any) -> None:
    assert versions.prune(versions.root, "backups", time.time() + DAY) == 3, "a version, a version and its marker"
    left = versions.histories(versions.root, "backups")
    assert {key: [each.latest for each in found] for key, found in left.items()} == {
        "of/kept": [True],
        "of/over written": [True],
    }
    assert versions.root.send("GET", "/backups/of/over written")[1] == b"2"
    assert versions.root.send("GET", "/backups/of/kept")[1] == b"1"


def test_deleted_and_overwritten_objects_are_brought_back(versions: Any) -> None:
    first = max(found[-1].at for found in versions.histories(versions.root, "backups").values())
    overwritten = versions.histories(versions.root, "backups")["of/over written"]
    assert versions.bring_back(versions.root, "backups", "of/d", first) == ["of/deleted"]
    assert versions.root.send("GET", "/backups/of/deleted")[1] == b"1"
    assert versions.bring_back(versions.root, "backups", "of/o", overwritten[-1].at) == ["of/over written"]
    assert versions.root.send("GET", "/backups/of/over written")[1] == b"1"
    assert versions.bring_back(versions.root, "backups", "", time.time()) == [], "what is current needs nothing"


def test_a_list_of_many_pages_is_read_to_its_end(versions: Any) -> None:
    for number in range(7):
        versions.root.send("PUT", f"/artifacts/{number}", body=b"x")
    send, versions.root.send = (
        versions.root.send,
        lambda method, path, query=None, **more: send(
            method, path, {**query, "max-keys": "3"} if query and "max-keys" in query else query, **more
        ),
    )
    assert len(versions.histories(versions.root, "artifacts")) == 7


def test_a_version_is_as_old_as_its_successor(versions: Any) -> None:
    """It may have been current for years: it counts from the moment at which it was replaced."""
    make = versions.Version
    long_current = [make("k", "2", 100 * DAY, True, False), make("k", "1", 1 * DAY, False, False)]
    assert versions.outdated(long_current, 99 * DAY) == []
    assert [each.identifier for each in versions.outdated(long_current, 101 * DAY)] == ["1"]

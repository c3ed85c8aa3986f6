"""The releases on the controller: a bounded number, and never without those that are in use."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from ops.build import release, releases
from ops.build.releases import KEPT
from ops.environment import Environment


def manifest(number: int) -> dict[str, Any]:
    """A whole one, without a canary set to copy."""
    service = {"name": "toy", "version": "1", "wheel": "/x.whl", "wheel_sha256": f"{number:064x}"}
    return release.bound(
        {
            "service": service,
            "wheelhouse": {"digest": "0", "archive": "/x.tar", "archive_sha256": "0" * 64},
            "requirements": {"path": "/dev/null", "sha256": "0" * 64},
            "model": None,
            "canary": None,
            "python": "3.13",
        }
    )


def record(environment: Environment, number: int) -> str:
    """Records it as made at that minute. Returns its id."""
    made = manifest(number)
    release.record(environment, made)
    os.utime(environment.state / "releases" / made["id"] / "release.json", (1e9 + number * 60,) * 2)
    return str(made["id"])


def there(environment: Environment) -> set[str]:
    return {path.name for path in (environment.state / "releases").iterdir()}


def test_the_newest_are_kept(one: Environment) -> None:
    made = [record(one, number) for number in range(KEPT + 3)]
    assert there(one) == set(made[-KEPT:])
    assert [known.id for known in releases.recorded(one)] == made[: -KEPT - 1 : -1]


def test_the_one_to_deploy_is_kept_however_old(one: Environment) -> None:
    made = [record(one, number) for number in range(KEPT)]
    again = record(one, 0)
    assert again == made[0]
    newer = manifest(99)
    release.record(one, newer)
    assert made[0] in there(one), "if the new one is refused, `deploy` puts the one before it back"
    assert json.loads((one.state / "release.json").read_text())["id"] == newer["id"]
    record(one, 100)
    assert made[0] not in there(one)


def test_releases_that_are_refused_one_after_the_other_do_not_push_out_what_serves(one: Environment) -> None:
    serving = record(one, 0)
    current = (one.state / "release.json").read_bytes()
    for number in range(1, KEPT + 5):
        record(one, number)
        (one.state / "release.json").write_bytes(current)  # as `deploy` does
    assert serving in there(one)
    assert len(there(one)) == KEPT + 1


def test_what_a_killed_run_left_goes_first(one: Environment) -> None:
    record(one, 0)
    (one.state / "releases/1-half").mkdir()
    for number in range(1, KEPT):
        record(one, number)
    assert "1-half" not in there(one)
    assert len(there(one)) == KEPT


@pytest.mark.parametrize("part", ["wheel_sha256", "wheel", "version"])
def test_a_manifest_is_held_against_its_id(one: Environment, part: str) -> None:
    path = one.state / "releases" / record(one, 0) / "release.json"
    assert releases.read(path) is not None
    document = json.loads(path.read_text())
    document["service"][part] = None if part == "wheel" else "0"
    path.write_text(json.dumps(document))
    assert releases.read(path) is None


def test_an_id_is_what_it_was_before_it_could_be_chosen() -> None:
    """Hosts and controllers have releases of these ids: another way to compute it would make all of them others."""
    parts = manifest(7) | {"canary": {"path": "/c", "sha256": "c" * 64}}
    parts["model"] = {"name": "toy", "version": "v1", "directory": "/m", "files": {"b": "b" * 64, "a": "a" * 64}}
    assert releases.identity(parts) == "1-915e67a4"

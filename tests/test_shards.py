"""The shards of the long matrices: together they are all of them, and each is run once."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import conftest

NAMES = [f"tests/test_{number}.py" for number in range(10) for _ in range(2)]


def kept(monkeypatch: pytest.MonkeyPatch, shard: str, full: bool = True) -> list[str]:
    monkeypatch.setattr(conftest, "SHARD", shard)
    items: list[Any] = [SimpleNamespace(path=Path(name), get_closest_marker=lambda _: full or None) for name in NAMES]
    config: Any = SimpleNamespace(hook=SimpleNamespace(pytest_deselected=lambda **_: None))
    conftest.shard(config, items)
    return [str(item.path) for item in items]


def test_each_long_file_is_in_one_shard(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [kept(monkeypatch, f"{number}/3") for number in (1, 2, 3)]
    assert all(parts)
    assert sorted(name for part in parts for name in part) == sorted(NAMES)


def test_without_one_and_for_short_tests_nothing_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept(monkeypatch, "") == NAMES
    assert kept(monkeypatch, "2/3", full=False) == NAMES


@pytest.mark.parametrize("shard", ["0/3", "4/3"])
def test_a_shard_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch, shard: str) -> None:
    """It would run nothing, and pass."""
    with pytest.raises(pytest.UsageError, match="is none of 3"):
        kept(monkeypatch, shard)

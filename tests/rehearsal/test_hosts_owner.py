"""Two checkouts on one machine may both have an environment `local`: neither takes the other's hosts."""

from pathlib import Path

import pytest

from rehearsal.hosts import owner, state
from rehearsal.hosts.errors import HostsError


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> state.Environment:
    monkeypatch.setattr(state, "ROOT", tmp_path / "state")
    return state.Environment("local")


def _key(tmp_path: Path, checkout: str) -> Path:
    path = tmp_path / checkout / "id_ed25519.pub"
    path.parent.mkdir()
    path.write_text(f"ssh-ed25519 {checkout}\n")
    return path


def _take(environment: state.Environment, path: Path, removed: list[str]) -> None:
    key = path.read_text().strip()
    owner.check(environment, path, key, lambda: removed.append("all"))
    owner.record(environment, path, key)


def test_another_checkout_is_refused_while_the_owner_is_there(environment: state.Environment, tmp_path: Path) -> None:
    removed: list[str] = []
    _take(environment, _key(tmp_path, "mine"), removed)
    with pytest.raises(HostsError, match="mine") as refused:
        _take(environment, _key(tmp_path, "yours"), removed)
    assert "make down" in str(refused.value)
    assert removed == []


def test_hosts_whose_checkout_is_gone_are_taken_away(environment: state.Environment, tmp_path: Path) -> None:
    """Nobody can open them any more, and another vault's secrets don't fit what stands on them."""
    removed: list[str] = []
    mine = _key(tmp_path, "mine")
    _take(environment, mine, removed)
    mine.unlink()
    _take(environment, _key(tmp_path, "yours"), removed)
    assert removed == ["all"]


def test_the_same_checkout_may_change_its_key(environment: state.Environment, tmp_path: Path) -> None:
    removed: list[str] = []
    mine = _key(tmp_path, "mine")
    _take(environment, mine, removed)
    mine.write_text("ssh-ed25519 new\n")
    _take(environment, mine, removed)
    assert removed == []

"""The vault key is changed for every vault that it opens, or for none; killed in between, the same command goes on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ops import vault
from ops.environment import Environment
from ops.errors import OperationError
from ops.rotate import opener
from tests.ops.rotate.conftest import Hosts, Killed, opened
from tests.ops.rotate.test_api_keys import rotate


@pytest.fixture
def beside(one: Environment, yours: Environment, hosts: Hosts) -> list[Path]:
    """Two environments of the same key, and a third vault of another one."""
    assert hosts.runs == []
    for directory in (yours.directory, yours.directory.with_name("theirs")):
        (directory / "group_vars/all").mkdir(parents=True)
    shutil.copy(one.vault, yours.vault)
    theirs = yours.directory.with_name("theirs") / "group_vars/all/vault.yml"
    vault.write(theirs, {"vault_x": "of another key"}, b"another key")
    return [one.vault, yours.vault, theirs]


def test_every_vault_of_the_key_is_written_and_the_old_key_opens_none(one: Environment, beside: list[Path]) -> None:
    old, before, foreign = vault.key(), opened(one), beside[2].read_bytes()
    told = rotate(one, "vault-key")
    assert "stacks/yours/group_vars/all/vault.yml" in told
    assert "theirs" not in told
    assert vault.key() != old
    for path in beside[:2]:
        assert vault.read(path, vault.key()) == before
        with pytest.raises(OperationError, match="does not open"):
            vault.read(path, old)
    assert beside[2].read_bytes() == foreign
    assert opener.place().stat().st_mode & 0o777 == 0o600
    assert not opener.under_way()


def test_a_run_killed_at_any_change_loses_no_vault(one: Environment, hosts: Hosts, beside: list[Path]) -> None:
    before, kills = opened(one), 0
    while True:
        old = vault.key()
        hosts.kill_at, hosts.changes = kills, 0
        try:
            rotate(one, "vault-key")
        except Killed:
            hosts.kill_at = None
            assert "goes on" in rotate(one, "vault-key")
        else:
            break
        assert vault.key() != old
        assert [vault.read(path, vault.key()) for path in beside[:2]] == [before, before]
        kills += 1
    assert kills == 2, "one after each of the two vaults"


@pytest.mark.parametrize("variable", opener.ELSEWHERE)
def test_a_key_that_comes_from_elsewhere_is_not_changed(
    one: Environment, hosts: Hosts, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = vault.key().decode()
    monkeypatch.setenv(variable, key if variable == opener.ELSEWHERE[0] else f"echo {key}")
    before = one.vault.read_bytes()
    with pytest.raises(OperationError, match=variable):
        rotate(one, "vault-key")
    assert (one.vault.read_bytes(), hosts.runs) == (before, [])


def test_a_production_environment_beside_it_is_asked_about(one: Environment, hosts: Hosts) -> None:
    """The key of a laboratory may open production too."""
    other = one.directory.with_name("big-prod") / "group_vars/all"
    other.mkdir(parents=True)
    shutil.copy(one.vault, other / "vault.yml")
    before = one.vault.read_bytes()
    with pytest.raises(OperationError, match="no terminal"):
        rotate(one, "vault-key")
    assert (one.vault.read_bytes(), hosts.runs) == (before, [])

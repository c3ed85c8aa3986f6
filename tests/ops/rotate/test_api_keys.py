"""API keys are rotated without a moment in which none is taken, whatever kills the run; the old one is dead after."""

from __future__ import annotations

import pytest

from infra import api_keys
from ops.environment import Environment
from ops.errors import OperationError
from ops.rotate import journal, run
from ops.steps import Steps
from tests.ops.rotate.conftest import Hosts, Killed, opened


def rotate(environment: Environment, word: str) -> str:
    said: list[str] = []
    run.run(environment, word, Steps, False, said.append)
    return "".join(said)


def test_the_new_key_is_taken_and_the_old_one_is_dead(one: Environment, hosts: Hosts) -> None:
    old = (one.state / "api-key").read_text()
    rotate(one, "api-keys")
    new = (one.state / "api-key").read_text()
    assert new != old
    assert hosts.known == {new}
    assert api_keys.valid(opened(one)[api_keys.VARIABLE]) == {"default": new}
    assert journal.VARIABLE not in opened(one), "the old value is kept in the vault"
    assert hosts.runs == [("site", "--limit", "proxy", "--tags", "proxy")] * 2, "two reloads of the door, no more"


@pytest.mark.full
def test_a_run_killed_at_any_change_never_hands_out_a_dead_key_and_is_finished_by_the_same_command(
    one: Environment, hosts: Hosts
) -> None:
    """The file that clients read must hold a key that the door takes, at every moment: else requests are lost."""
    kills = 0
    while True:
        old = (one.state / "api-key").read_text()
        hosts.kill_at, hosts.changes = kills, 0
        try:
            rotate(one, "api-keys")
        except Killed:
            assert (one.state / "api-key").read_text() in hosts.known
            hosts.kill_at = None
            under_way = journal.VARIABLE in opened(one)  # killed after its last change it was done
            assert ("(goes on)" in rotate(one, "api-keys")) == under_way
        else:
            break
        new = (one.state / "api-key").read_text()
        assert hosts.known == {new}
        assert new != old
        assert set(opened(one)[api_keys.VARIABLE]) == {"default"}
        kills += 1
    assert kills >= 6, "there are fewer places to be killed at than phases have changes"


def test_what_is_under_way_is_finished_before_something_else(one: Environment, hosts: Hosts) -> None:
    hosts.kill_at = 5
    with pytest.raises(Killed):
        rotate(one, "api-keys")
    hosts.kill_at = None
    assert "api-keys" in rotate(one, "vault-key")
    assert journal.VARIABLE not in opened(one)


def test_a_name_that_the_overlap_needs_is_refused(one: Environment, hosts: Hosts) -> None:
    before = opened(one)
    entries = {**before[api_keys.VARIABLE], "default-old": "x" * 40}
    from ops import vault

    vault.write(one.vault, {**before, api_keys.VARIABLE: entries}, vault.key())
    with pytest.raises(OperationError, match="default-old"):
        rotate(one, "api-keys")
    assert hosts.runs == []


@pytest.mark.parametrize(
    ("word", "said"),
    [("backup-passphrase", "pgBackRest"), ("ca", "both are trusted"), ("nonsense", "There is no secret 'nonsense'")],
)
def test_what_can_not_be_rotated_says_why(one: Environment, hosts: Hosts, word: str, said: str) -> None:
    before = opened(one)
    with pytest.raises(OperationError, match=said):
        rotate(one, word)
    assert (opened(one), hosts.runs) == (before, [])

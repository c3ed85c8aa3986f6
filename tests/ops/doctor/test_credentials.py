"""Whatever is wrong with a vault or its key is a line, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import secrets, vault
from ops.doctor import credentials
from ops.doctor.line import FAIL, OK, WARN
from ops.environment import Environment


@pytest.fixture
def made(one: Environment) -> Environment:
    secrets.ensure_vault(one)
    return one


def key_file() -> Path:
    import os

    return Path(os.environ["XDG_CONFIG_HOME"]) / "shoestring" / "vault-key"


def test_a_vault_that_opens_is_well(made: Environment) -> None:
    found = credentials.opened(made)
    assert found.state == OK, found
    assert "1 API key" in found.found


def test_none_yet_is_told_from_one_that_is_gone(made: Environment, yours: Environment) -> None:
    """The one is made by `make up`; in the other's place `make up` would make secrets that no host has."""
    assert credentials.opened(yours).state == WARN
    made.vault.unlink()
    assert credentials.opened(made).state == FAIL


def test_a_key_that_others_can_read_is_not_used(made: Environment) -> None:
    key_file().chmod(0o644)
    found = credentials.opened(made)
    assert found.state == FAIL
    assert found.fix.startswith("chmod 600 ")


def test_the_wrong_key_is_told(made: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOESTRING_VAULT_KEY", "another")
    assert "does not open" in credentials.opened(made).found


def test_no_key_is_told(made: Environment) -> None:
    key_file().unlink()
    assert "no vault key" in credentials.opened(made).found


def test_a_vault_in_clear_is_told(made: Environment) -> None:
    made.vault.write_text("vault_api_keys: {}\n")
    found = credentials.opened(made)
    assert found.state == FAIL
    assert found.fix.startswith("ansible-vault encrypt ")


def test_what_is_no_secret_in_it_is_told_without_its_value(made: Environment) -> None:
    variables = vault.read(made.vault, vault.key())
    vault.write(made.vault, {**variables, "vault_api_keys": "canary"}, vault.key())
    found = credentials.opened(made)
    assert found.state == FAIL
    assert "vault_api_keys" in found.found
    assert "canary" not in found.found + found.fix

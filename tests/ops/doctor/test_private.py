"""A secret that others can read, or that git has, is a secret no more."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ops import secrets
from ops.doctor import private
from ops.doctor.line import FAIL, OK
from ops.environment import Environment


@pytest.fixture
def made(one: Environment) -> Environment:
    secrets.ensure_vault(one)
    return one


def test_what_is_its_owners_alone_is_well(made: Environment) -> None:
    found = private.files(made)
    assert found.state == OK, found
    assert int(found.found.split()[0]) >= 3, "the API key, its header and the SSH key"


@pytest.mark.parametrize("name", ["api-key", "api-key.header", "id_ed25519", "."])
def test_what_others_can_read_is_named(made: Environment, name: str) -> None:
    (made.state / name).chmod(0o755)
    found = private.files(made)
    assert found.state == FAIL
    assert f"chmod go= {made.state / name}" in found.fix
    subprocess.run(["sh", "-c", found.fix.partition(";")[0]], check=True)
    assert private.files(made).state == OK, "the command that is to mend it does not"


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", root, *words], check=True, capture_output=True, env={**os.environ, "HOME": str(root)})


def test_git_without_secrets_is_well(made: Environment) -> None:
    """The vault may be in it: it is encrypted."""
    assert private.tracked(made.root).found == "this is no git repository"
    git(made.root, "init", "--quiet")
    git(made.root, "add", "stacks")
    assert private.tracked(made.root).state == OK


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("stacks/one/group_vars/all/vault.yml", "vault_api_keys: {}"),
        ("stacks/one/key.pem", "-----BEGIN PRIVATE KEY-----"),
        (".shoestring/one/api-key", "k"),
    ],
)
def test_a_secret_in_git_is_named(root: Path, path: str, content: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(content)
    git(root, "init", "--quiet")
    git(root, "add", "--force", path)
    found = private.tracked(root)
    assert found.state == FAIL
    assert path in found.found
    git(root, *found.fix.partition(",")[0].split()[1:])
    assert private.tracked(root).state == OK

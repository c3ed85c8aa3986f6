"""What a vault holds is checked where its key is, and no message ever repeats it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.checks import vault
from infra.problems import VaultError
from ops import secrets

FILE = Path("stacks/three/group_vars/all/vault.yml")
KEY = "k" * 40
BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "no secret": ({"service_memory_max": "1G"}, "service_memory_max", "begin with vault_"),
    "connection variable": ({"ansible_ssh_common_args": "canary77"}, "ansible_ssh_common_args", "begin with vault_"),
    "password short": ({"vault_database_service_password": "canary77"}, "vault_database_service_password", "24"),
    "password of two lines": ({"vault_x_password": "canary77\n" * 9}, "vault_x_password", "one line"),
    "password that is a number": ({"vault_database_service_password": 7}, "vault_database_service_password", "text"),
    "passphrase short": ({"vault_backup_passphrase": "canary77"}, "vault_backup_passphrase", "24 characters"),
    "two alike": (
        {"vault_x_password": "canary77" * 4, "vault_y_password": "canary77" * 4},
        "vault_y_password",
        "a value of its own",
    ),
    "bucket's key as text": ({"vault_bucket_root": "canary77"}, "vault_bucket_root", "mapping"),
    "bucket's key half": ({"vault_bucket_root": {"access": "root"}}, "vault_bucket_root", "access and secret"),
    "bucket's access": (
        {"vault_bucket_root": {"access": "a b", "secret": KEY}},
        "vault_bucket_root.access",
        "3 to 64 letters",
    ),
    "bucket's secret short": (
        {"vault_bucket_root": {"access": "root", "secret": "canary77"}},
        "vault_bucket_root.secret",
        "24 characters",
    ),
    "two accounts alike": (
        {"vault_bucket_a": {"access": "one", "secret": KEY}, "vault_bucket_b": {"access": "one", "secret": KEY + "x"}},
        "vault_bucket_b.access",
        "a value of its own",
    ),
    "no API key": ({"vault_api_keys": {}}, "vault_api_keys", "at least one"),
    "API keys as a list": ({"vault_api_keys": ["canary77"]}, "vault_api_keys", "mapping"),
    "API key short": ({"vault_api_keys": {"default": "canary77"}}, "vault_api_keys.default", "32 or more"),
    "API key with a blank": (
        {"vault_api_keys": {"default": "canary77 " * 5}},
        "vault_api_keys.default",
        "letters, digits, - or _",
    ),
    "API key's name": ({"vault_api_keys": {"Ada L": KEY}}, "vault_api_keys", "a name of a-z"),
    "two people, one key": ({"vault_api_keys": {"ada": KEY, "bob": KEY}}, "vault_api_keys.bob", "a value of its own"),
}


@pytest.mark.parametrize(("content", "path", "expected"), BAD.values(), ids=BAD)
def test_it_is_refused_by_name_and_never_shown(content: dict[str, Any], path: str, expected: str) -> None:
    with pytest.raises(VaultError) as caught:
        vault.check(FILE, content)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert expected in problem.expected
    assert str(FILE) in str(caught.value)
    assert "canary77" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_vault_that_holds_no_variables_is_refused() -> None:
    contents: tuple[object, ...] = (None, [], "canary77")
    for content in contents:
        with pytest.raises(VaultError) as caught:
            vault.check(FILE, content)
        assert "canary77" not in str(caught.value)


def test_what_we_make_ourselves_passes() -> None:
    made = {name: make() for name, make in secrets.GENERATED.items()}
    assert len(made) > 5
    vault.check(FILE, made | {"ansible_become_password": "short", "vault_of_mine": "whatever"})

"""The form of what is in the vault. Only who has its key can ask: the verbs (ops/secrets.py) and Ansible's inventory.

No message holds a value: at most how long it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from infra import api_keys, unpacked
from infra.checks import declared
from infra.checks.values import TYPES
from infra.problems import WHOLE_FILE, Problem, VaultError, shown

SHORTEST = 24  # characters of a password that a program makes and a program types
LONE = re.compile(r"vault_\w*_(?:password|passphrase)")
KEYS_OF_A_BUCKET = re.compile(r"vault_bucket_[a-z0-9_]+")
API_KEY_NAME = re.compile(r"[a-z0-9-]{1,64}")
LOGIN = ("ansible_become_password", "ansible_become_pass")
MAKE = "write one with `ansible-vault edit`, made by: python3 -c 'import secrets; print(secrets.token_hex(20))'"


def check(path: Path, variables: object) -> Mapping[str, Any]:
    """The content of the vault at `path`, checked. Raises VaultError with everything that is wrong with it."""
    if not isinstance(variables, Mapping):
        found = "something else (not shown)"
        raise VaultError(path, [Problem(WHOLE_FILE, found, "`vault_...: value` lines", f"ansible-vault edit {path}")])
    if problems := list(_problems(variables)):
        raise VaultError(path, problems)
    return variables


def check_file(path: Path, decrypt: Callable[[str], object]) -> Mapping[str, Any]:
    """The same for the file. Raises VaultError too if there is none: roles would fail in the middle of their work."""
    if not path.is_file():
        fix = f"python -m ops.cli secrets --env {path.parents[2]}"
        raise VaultError(path, [Problem(WHOLE_FILE, "no such file", "the environment's secrets", fix)])
    return check(path, decrypt(str(path)))


def _problems(variables: Mapping[str, Any]) -> Iterator[Problem]:
    known = declared.read().variables
    for name, value in variables.items():
        if not name.startswith("vault_") and name not in LOGIN:
            fix = "move it to group_vars/all/main.yml, where it is checked and can be read"
            yield Problem(name, "a variable that is no secret", "only names that begin with vault_", fix)
        elif name in known and not isinstance(value, (kind := TYPES[known[name].spec["type"]])[1]):
            yield Problem(name, "something else (not shown)", f"{known[name].spec['description']} ({kind[0]})", MAKE)
        elif LONE.fullmatch(name):
            yield from _long_enough(name, value)
        elif KEYS_OF_A_BUCKET.fullmatch(name) and isinstance(value, Mapping):
            yield from _pair(name, value)
        elif name == "vault_api_keys" and isinstance(value, Mapping):
            yield from _api_keys(value)
        elif name == unpacked.VARIABLE and not unpacked.is_key(value):
            fix = "put it back with `ansible-vault edit`, as ssh-keygen wrote it"
            yield Problem(name, shown(value, hidden=True), "a private SSH key without a passphrase", fix)
    yield from _shared(variables)


def _long_enough(path: str, value: object) -> Iterator[Problem]:
    if not isinstance(value, str) or len(value) < SHORTEST or "\n" in value:
        yield Problem(path, shown(value, hidden=True), f"at least {SHORTEST} characters on one line", MAKE)


def _pair(name: str, pair: Mapping[str, Any]) -> Iterator[Problem]:
    if set(pair) != {"access", "secret"}:
        yield Problem(name, "other keys", "access and secret, and nothing else", MAKE)
        return
    if not re.fullmatch(r"[A-Za-z0-9-]{3,64}", str(pair["access"])):
        yield Problem(f"{name}.access", shown(pair["access"], hidden=True), "3 to 64 letters, digits or -", MAKE)
    yield from _long_enough(f"{name}.secret", pair["secret"])


def _api_keys(keys: Mapping[str, Any]) -> Iterator[Problem]:
    if not keys:
        yield Problem("vault_api_keys", "none", "at least one API key", MAKE)
    for name, key in keys.items():
        if not API_KEY_NAME.fullmatch(str(name)):
            fix = "rename it with `ansible-vault edit`"
            yield Problem("vault_api_keys", f"the name {shown(str(name))}", "a name of a-z, 0-9 and -", fix)
        elif not api_keys.formed(key):
            expected = "32 or more letters, digits, - or _; or {key, created}, with such a key"
            yield Problem(f"vault_api_keys.{name}", shown(key, hidden=True), expected, MAKE)


def _shared(variables: Mapping[str, Any]) -> Iterator[Problem]:
    """A secret that opens two doors: who leaks one has lost both. Access names must tell accounts apart."""
    seen: dict[str, str] = {}
    for path, value in _leaves(variables):
        if value and (first := seen.setdefault(value, path)) != path:
            yield Problem(path, f"the same as {first}", "a value of its own", MAKE)


def _leaves(variables: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in variables.items():
        if LONE.fullmatch(name) and isinstance(value, str):
            yield name, value
        elif KEYS_OF_A_BUCKET.fullmatch(name) or name == "vault_api_keys":
            pairs = value.items() if isinstance(value, Mapping) else ()
            texts = ((key, api_keys.key(one) if name == "vault_api_keys" else one) for key, one in pairs)
            yield from ((f"{name}.{key}", one) for key, one in texts if isinstance(one, str))

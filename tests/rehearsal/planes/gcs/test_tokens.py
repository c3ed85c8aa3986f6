"""A token is given to who signs for it, narrowed to less and never to more, and ends."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from google.auth import crypt, jwt
from google.oauth2 import service_account

from rehearsal.planes.gcs import accounts
from rehearsal.planes.gcs.tokens import GOOGLES, SECONDS, Held, Tokens
from tests.rehearsal.planes.gcs.conftest import KEEPER, STRANGER

HERE = "https://here/token"
MEMBER = f"serviceAccount:{KEEPER}"
OBJECTS = "projects/_/buckets/artifacts/objects"


def assertion(directory: Path, signer: str = KEEPER, audience: str = HERE, age: int = 0) -> str:
    """What an account signs to get a token, as pgBackRest does."""
    key = json.loads((directory / "keys" / f"{signer}.json").read_text())
    now = int(time.time()) - age
    claims = {"iss": key["client_email"], "aud": audience, "iat": now, "exp": now + 600, "scope": "x"}
    return str(jwt.encode(crypt.RSASigner.from_service_account_info(key), claims).decode())


def boundary(prefix: str = f"{OBJECTS}/models/", resource: str = "artifacts", **changed: Any) -> str:
    rule = {
        "availableResource": f"//storage.googleapis.com/projects/_/buckets/{resource}",
        "availablePermissions": ["inRole:roles/storage.objectViewer"],
        "availabilityCondition": {"expression": f"resource.name.startsWith('{prefix}')"},
    }
    return json.dumps({"accessBoundary": {"accessBoundaryRules": [rule | changed]}})


def test_who_signs_is_known_by_the_token(directory: Path) -> None:
    tokens = Tokens(directory)
    token = tokens.signed(assertion(directory), HERE)
    assert token is not None
    assert tokens.of(token) == Held(MEMBER)
    assert Tokens(directory).of(token) == Held(MEMBER), "another server of the rehearsal takes it too"
    assert all(token not in path.name for path in (directory / "tokens").iterdir())


def test_google_s_library_signs_for_google_s_audience(directory: Path) -> None:
    key = json.loads((directory / "keys" / f"{KEEPER}.json").read_text())
    signed = service_account.Credentials.from_service_account_info(key, scopes=["x"])
    text = signed._make_authorization_grant_assertion().decode()
    assert jwt.decode(text, verify=False)["aud"] == GOOGLES
    assert Tokens(directory).signed(text, HERE)


@pytest.mark.parametrize("how", ["other key", "nobody", "for another", "old", "no assertion"])
def test_nobody_else_gets_one(directory: Path, tmp_path_factory: pytest.TempPathFactory, how: str) -> None:
    other = tmp_path_factory.mktemp("other")
    accounts.ensure(other, KEEPER, HERE)
    accounts.ensure(other, STRANGER, HERE)
    text = {
        "other key": lambda: assertion(other),
        "nobody": lambda: assertion(other, STRANGER),
        "for another": lambda: assertion(directory, audience="https://there/token"),
        "old": lambda: assertion(directory, age=7200),
        "no assertion": lambda: "a.b.c",
    }[how]()
    assert Tokens(directory).signed(text, HERE) is None


def test_a_token_ends_within_the_hour(directory: Path) -> None:
    tokens = Tokens(directory)
    token = tokens.give(Held(MEMBER))
    later = time.time() + SECONDS + 1
    with patch.object(time, "time", lambda: later):
        assert tokens.of(token) is None


def test_a_narrowed_one_says_to_what(directory: Path) -> None:
    tokens = Tokens(directory)
    token = tokens.narrowed(tokens.give(Held(MEMBER)), boundary())
    assert token is not None
    assert tokens.of(token) == Held(MEMBER, "roles/storage.objectViewer", "artifacts", "models/")


@pytest.mark.parametrize(
    "options",
    [
        "nonsense",
        "{}",
        boundary(resource="backups"),
        boundary(availabilityCondition={"expression": "true"}),
        boundary(availablePermissions=["inRole:a", "inRole:b"]),
    ],
    ids=["nonsense", "nothing", "another bucket", "any object", "two roles"],
)
def test_what_narrows_in_no_way_that_is_known_is_refused(directory: Path, options: str) -> None:
    tokens = Tokens(directory)
    assert tokens.narrowed(tokens.give(Held(MEMBER)), options) is None


def test_nobody_s_token_and_a_narrowed_one_are_not_narrowed(directory: Path) -> None:
    tokens = Tokens(directory)
    assert tokens.narrowed("ya29.nobody", boundary()) is None
    narrow = tokens.narrowed(tokens.give(Held(MEMBER)), boundary())
    assert narrow is not None
    assert tokens.narrowed(narrow, boundary(f"{OBJECTS}/")) is None, "it would reach further than the first"

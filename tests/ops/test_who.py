"""A lock names a person, and not the user that CI or sudo runs as."""

from __future__ import annotations

import os
import pwd
import socket

import pytest

from ops.who import who

VARIABLES = ("GITHUB_ACTOR", "SUDO_USER")


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


def test_whoever_started_it_comes_before_the_user_that_it_runs_as(monkeypatch: pytest.MonkeyPatch) -> None:
    assert who() == {"by": pwd.getpwuid(os.getuid()).pw_name, "from": socket.gethostname()}
    for variable in reversed(VARIABLES):
        monkeypatch.setenv(variable, f"of {variable}")
        assert who()["by"] == f"of {variable}"


def test_a_user_that_has_no_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container any uid may be given."""
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_001)
    assert who()["by"] == "4000000001"

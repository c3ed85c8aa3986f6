"""A rotation of the password starts the release that serves anew, and never another one."""

from __future__ import annotations

import json

import pytest

from ops import far, probe
from ops.environment import Environment
from ops.errors import OperationError
from ops.rotate import database
from tests.ops.rotate.conftest import Hosts, opened
from tests.ops.rotate.test_api_keys import rotate


def test_after_a_rollback_it_refuses_before_anything_is_changed(
    one: Environment, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controller's manifest still names the release that was left: a rotation would bring it back."""
    monkeypatch.setattr(probe, "hosts", lambda _: {"app1": probe.Probe("running", "predictor-1-aaaaaa-f00f00")})
    (one.state / "release.json").write_text(json.dumps({"id": "predictor-2-bbbbbb"}))
    before = opened(one)
    with pytest.raises(OperationError, match="app1 serves predictor-1-aaaaaa") as caught:
        rotate(one, "database")
    assert "VERSION=predictor-1-aaaaaa" in caught.value.fix
    assert (opened(one), hosts.runs) == (before, [])


def test_what_serves_is_started_anew_with_the_new_password(
    one: Environment, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "hosts", lambda _: {"app1": probe.Probe("running", "predictor-2-bbbbbb-f00f00")})
    (one.state / "release.json").write_text(json.dumps({"id": "predictor-2-bbbbbb"}))
    monkeypatch.setattr(far, "run", lambda *_, hosts: dict.fromkeys(hosts, far.Said(far.UNREACHABLE, "", "no route")))
    old = opened(one)[database.VARIABLE]
    with pytest.raises(OperationError, match="could not ask: no route"):  # who can't be asked has proven nothing
        rotate(one, "database")
    assert opened(one)[database.VARIABLE] != old
    assert [name for name, *_ in hosts.runs] == ["site", "deploy"]

"""For Google Cloud: who this machine is there, its tunnel's program, its login's file, and the locks of its state."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import controller as here
from ops.doctor import controller, credentials, limits, private, state
from ops.doctor.line import FAIL, OK
from ops.environment import Environment
from tests.ops.cloud.conftest import nobody
from tests.ops.cloud.gcp.cloud import Cloud, Refusal
from tests.ops.cloud.gcp.conftest import BACKEND, WHO, _nobody, cloud, dev, stated
from tests.ops.cloud.gcp.made import PROJECT
from tests.ops.cloud.gcp.test_state_locks import LIST, lock
from tests.ops.cloud.gcp.test_tunnel import GOOD, gcloud

__all__ = ["_nobody", "cloud", "dev", "nobody", "stated"]


def test_without_credentials_the_way_to_some_is_told(dev: Environment) -> None:
    found = credentials.logged_in(dev)
    assert found.state == FAIL
    assert "gcloud auth application-default login" in found.fix


def test_with_some_it_says_who_one_is(dev: Environment, cloud: Cloud) -> None:
    cloud.says("cloudresourcemanager.projects.get", {"projectId": PROJECT})
    found = credentials.logged_in(dev)
    assert (found.state, found.found) == (OK, WHO)


def test_the_tunnels_program_is_one_of_the_tools(
    dev: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(here, "missing", lambda _wanted, _path: [])
    gcloud(tmp_path / "bin", monkeypatch, GOOD)
    assert controller.tools(dev).state == OK
    (tmp_path / "bin/gcloud").unlink()
    found = controller.tools(dev)
    assert (found.state, "`gcloud` CLI is not on PATH" in found.found) == (FAIL, True)


def test_a_login_that_others_can_read_is_told(dev: Environment, tmp_path: Path, cloud: Cloud) -> None:
    assert cloud.calls == []
    dev.make_state()
    file = tmp_path / "credentials.json"
    file.chmod(0o600)
    assert private.files(dev).state == OK
    file.chmod(0o640)
    found = private.files(dev)
    assert (found.state, str(file) in found.found) == (FAIL, True)


def test_only_an_old_lock_of_this_stack_is_red(
    stated: Environment, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.lists(LIST, [lock("gcp-prod", "2026-01-01T00:00:00Z")])
    assert "0 locks" in state.backend(stated).found
    cloud.lists(LIST, [lock("gcp-dev", "2026-01-01T00:00:00Z")])
    monkeypatch.setattr(limits, "LOCK_FAIL", 10**12)
    assert "1 lock" in state.backend(stated).found
    monkeypatch.setattr(limits, "LOCK_FAIL", 60)
    found = state.backend(stated)
    assert found.state == FAIL
    assert f"PULUMI_BACKEND_URL='{BACKEND}' pulumi cancel --stack gcp-dev" in found.fix
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"{BACKEND}/team/a")
    state.backend(stated)
    assert cloud.asked(LIST)[-1]["prefix"] == "team/a/.pulumi/locks/", "Pulumi's own place below a path"


def test_a_bucket_that_is_gone_is_told(stated: Environment, cloud: Cloud) -> None:
    cloud.says(LIST, Refusal(404, "The specified bucket does not exist."))
    found = state.backend(stated)
    assert (found.state, "bucket does not exist" in found.found) == (FAIL, True)


def test_a_bucket_of_the_other_clouds_is_left_to_pulumi(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://shoestring-state?region=eu-central-1")
    assert "which only Pulumi can ask" in state.backend(dev).found

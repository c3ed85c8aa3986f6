"""`up` of an environment in Google Cloud is judged and described before anything is made, as on AWS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra.footprint import Footprint
from infra.problems import SettingsError
from ops.cloud import blanks, guard, up
from ops.environment import Environment
from ops.errors import OperationError
from tests.infra.gcp import plans
from tests.ops.cloud import outputs
from tests.ops.cloud.conftest import write_stack
from tests.ops.cloud.gcp.made import without_a_model

OWN: dict[str, Any] = {"billing_account": "0A1B2C-3D4E5F-67890A", "names": ["predict.acme.dev"]}


@pytest.mark.parametrize("name", plans.STACKS)
def test_our_own_stacks_are_examples_until_filled_in(name: str) -> None:
    with pytest.raises(SettingsError):
        blanks.check(Environment.resolve(name))


@pytest.mark.parametrize("name", plans.STACKS)
def test_each_goes_on_to_pulumi_once_it_is_filled_in(root: Path, name: str) -> None:
    write_stack(root, name, **OWN)
    environment = Environment.resolve(name, root)
    without_a_model(environment.directory)
    blanks.check(environment)
    assert guard.check(environment) > 30


@pytest.mark.parametrize("name", plans.STACKS)
def test_what_would_become_of_each_stack_is_a_footprint(dev: Environment, name: str) -> None:
    found = guard.prospect(dev, outputs.of(name) | {"public": {"names": ["predict.acme.dev"]}})
    assert isinstance(found, Footprint)
    assert found.environment == name


def test_the_tunnels_program_is_asked_for_first(
    dev: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_stack(dev.root, "gcp-dev", **OWN)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OperationError, match="`gcloud` CLI is not on PATH"):
        up.check(dev)

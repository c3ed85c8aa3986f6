"""What a job of GitHub takes: the role that bootstrap made for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import Settings
from ops.bootstrap import roles
from ops.errors import OperationError
from tests.ops.bootstrap.aws.conftest import NAME, SHARED, make_stacks, run


@pytest.mark.usefixtures("cloud", "ear")
@pytest.mark.parametrize("kind", ["plan", "apply"])
def test_a_job_takes_the_role_that_bootstrap_made(stacks: Path, kind: str) -> None:
    run(stacks)
    assert roles.lines(kind, NAME, stacks) == ["cloud=aws", "region=eu-central-1", f"role={SHARED.role(kind, NAME)}"]


def test_before_bootstrap_there_is_a_plan_and_no_deployment(stacks: Path) -> None:
    assert roles.lines("plan", NAME, stacks) == ["cloud=aws", "region=eu-central-1", "role="]
    with pytest.raises(OperationError) as raised:
        roles.lines("apply", NAME, stacks)
    assert f"make bootstrap ENV={NAME}" in raised.value.fix


def test_without_a_repository_there_is_no_role(tmp_path: Path) -> None:
    """A state of ours alone lets nobody in from GitHub: the roles were not made."""
    stacks = make_stacks(tmp_path, repository=f"  shoestring:backend: {SHARED.backend}\n")
    assert Settings.load(stacks / f"Pulumi.{NAME}.yaml").backend == SHARED.backend
    assert roles.lines("plan", NAME, stacks)[2] == "role="

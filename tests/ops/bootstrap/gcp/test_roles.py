"""What a job of GitHub acts as: the account that bootstrap made for it, by the provider that lets it in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.bootstrap import roles
from ops.errors import OperationError
from tests.ops.bootstrap.gcp.cloud.server import Google
from tests.ops.bootstrap.gcp.conftest import BUCKET, NAME, REGION, SHARED, make_stacks, run


@pytest.mark.parametrize("kind", ["plan", "apply"])
def test_a_job_acts_as_the_account_that_bootstrap_made(stacks: Path, google: Google, kind: str) -> None:
    run(stacks)
    said = dict(line.split("=", 1) for line in roles.lines(kind, NAME, stacks))
    assert said.keys() == {"cloud", "region", "role", "provider"}
    assert (said["cloud"], said["region"]) == ("gcp", REGION)
    assert said["role"] in google.project.accounts
    assert said["role"] == SHARED.role(kind, NAME)
    assert said["provider"] in google.project.providers


def test_before_bootstrap_there_is_a_plan_and_no_deployment(stacks: Path) -> None:
    assert roles.lines("plan", NAME, stacks) == ["cloud=gcp", f"region={REGION}", "role="]
    with pytest.raises(OperationError) as raised:
        roles.lines("apply", NAME, stacks)
    assert f"make bootstrap ENV={NAME}" in raised.value.fix


@pytest.mark.parametrize(
    "lines",
    [
        f"  shoestring:backend: gs://{BUCKET}\n",
        f"  shoestring:backend: gs://{BUCKET}\n  shoestring:repository: acme/predictor\n",
        "  shoestring:backend: gs://theirs\n  shoestring:repository: acme/predictor\n"
        "  shoestring:identity_pool: projects/1/locations/global/workloadIdentityPools/theirs\n",
    ],
    ids=["no repository", "no pool", "a state of ones own"],
)
def test_where_bootstrap_let_nobody_in_there_is_no_account(tmp_path: Path, lines: str) -> None:
    stacks = make_stacks(tmp_path, repository=lines)
    assert roles.lines("plan", NAME, stacks)[2:] == ["role="]

"""What an account's environments share is known by name, so that a stack can use it without owning it."""

from __future__ import annotations

import pytest

from infra.aws.shared import Shared
from tests.infra.aws import plans

BACKEND = "s3://shoestring-state-111122223333-eu-central-1?region=eu-central-1&awssdk=v2"
BOUNDARY = "arn:aws:iam::111122223333:policy/shoestring/shoestring-boundary"


@pytest.mark.parametrize("stack", plans.STACKS)
def test_every_role_has_the_boundary_where_github_comes_in(stack: str) -> None:
    """Without it the role that GitHub takes is refused to make one."""
    _, made = plans.changed(stack, backend=BACKEND, repository="acme/predictor")
    roles = plans.of(made, "Role")
    assert len(roles) == (1 if stack == "aws-dev" else 4)
    assert {role.inputs.get("permissionsBoundary") for role in roles} == {BOUNDARY}


@pytest.mark.parametrize("settings", [{}, {"backend": BACKEND}, {"repository": "acme/predictor"}], ids=str)
def test_no_role_has_it_where_it_was_not_made(settings: dict[str, str]) -> None:
    """A boundary that does not exist would end `pulumi up` for those who use no GitHub."""
    _, made = plans.changed("aws-prod", **settings)
    assert not list(plans.values(made, "permissionsBoundary"))


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_the_backend_says_whose_state_it_is(region: str, partition: str) -> None:
    made = Shared("111122223333", region)
    assert Shared.of(made.backend) == made
    assert made.boundary.startswith(f"arn:{partition}:iam::111122223333:")


@pytest.mark.parametrize(
    "backend",
    [
        None,
        "s3://their-own-bucket?region=eu-central-1",
        "s3://shoestring-state-111122223333-eu-central-1?region=us-east-1&awssdk=v2",
    ],
    ids=["none", "their own bucket", "another region than its name says"],
)
def test_a_backend_of_ones_own_is_not_taken_for_ours(backend: str | None) -> None:
    """From it the account would be guessed, and with it the ARN of a boundary."""
    assert Shared.of(backend) is None

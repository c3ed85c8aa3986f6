"""What a project's environments share is known by name, so that a stack can use it without owning it."""

from __future__ import annotations

import pytest

from infra.gcp import shared
from infra.gcp.shared import Shared
from infra.problems import SettingsError
from tests.infra.aws import plans as aws
from tests.infra.gcp import plans

OURS = "gs://shoestring-state-acme-shoestring-us-central1"


def test_the_backend_says_whose_state_it_is() -> None:
    made = Shared("acme-shoestring", "us-central1")
    assert made.backend == OURS
    assert Shared.of_backend(made.backend) == made
    assert Shared.of_backend("gs://theirs") is None


@pytest.mark.parametrize("backend", [OURS, "gs://theirs/below", "gs://a.domain.example"])
def test_a_bucket_of_google_s_holds_the_state(backend: str) -> None:
    settings, _ = plans.changed("gcp-dev", backend=backend)
    assert settings.backend == backend


@pytest.mark.parametrize(
    ("load", "stack", "backend", "says"),
    [
        (plans, "gcp-dev", "s3://states?region=eu-central-1", "gs://shoestring-state-"),
        (plans, "gcp-dev", "gs://Upper", "gs://shoestring-state-"),
        (aws, "aws-dev", OURS, "s3://shoestring-state-"),
    ],
    ids=["AWS's on Google", "no name of a bucket", "Google's on AWS"],
)
def test_another_cloud_s_bucket_is_refused(load: object, stack: str, backend: str, says: str) -> None:
    """Its key is another cloud's, too: who deploys would need both."""
    with pytest.raises(SettingsError, match="shoestring:backend") as raised:
        load.changed(stack, backend=backend)  # type: ignore[attr-defined] # a module, as its twin is
    assert says in str(raised.value)


@pytest.mark.parametrize("repository", ["acme/predictor", None])
@pytest.mark.parametrize("stack", plans.STACKS)
def test_who_comes_from_github_finds_the_hosts_accounts_made(stack: str, repository: str | None) -> None:
    """It may let machines run as these and no other, by a grant on each: the stack neither makes nor ends them."""
    _, made = plans.changed(stack, repository=repository)
    for account in plans.of(made, "Account"):
        taken_up = account.inputs.get("createIgnoreAlreadyExists")
        assert taken_up is (True if repository else None)
        assert account.options.get("retain_on_delete") is (True if repository else None)
        groups = [host.groups for host in plans.settings(stack).hosts]
        titles = {shared.account_id(stack, each): shared.account_title(stack, each) for each in groups}
        assert titles[account.inputs["accountId"]] == account.inputs["displayName"], "or it would be changed back"


@pytest.mark.parametrize("environment", ["gcp-dev", "a-name-of-thirty-letters-or-so1"])
def test_ids_are_ones_that_google_takes(environment: str) -> None:
    """At most 30 letters for an account and 32 for a provider, which may not begin with gcp-; each is another's."""
    plan, apply = shared.role("plan", environment), shared.role("apply", environment)
    assert plan != apply
    assert max(len(plan), len(apply)) <= 30
    assert len(shared.provider(environment)) <= 32
    assert not shared.provider(environment).startswith("gcp-")

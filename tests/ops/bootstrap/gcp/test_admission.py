"""Who comes in from GitHub, where everybody may have a token: which jobs, of which repository, as which account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.gcp import shared as names
from tests.ops.bootstrap.gcp.cloud import cel
from tests.ops.bootstrap.gcp.cloud.server import Google
from tests.ops.bootstrap.gcp.conftest import NAME, POOL
from tests.ops.bootstrap.gcp.judged import ACCOUNT, may

REPOSITORY, MAIN = "acme/predictor", "refs/heads/main"


def claims(subject: str, repository: str = REPOSITORY, ref: str = MAIN) -> dict[str, str]:
    return {
        "assertion.sub": f"repo:{repository}:{subject}",
        "assertion.repository": repository,
        "assertion.ref": ref,
    }


TOKENS = {
    "a pull request": (claims("pull_request", ref="refs/pull/1/merge"), {"plan"}),
    "its environment": (claims("environment:gcp-dev"), {"apply"}),
    "its environment, another branch": (claims("environment:gcp-dev", ref="refs/heads/try"), set()),
    "another environment": (claims("environment:gcp-prod"), set()),
    "no environment": (claims("ref:refs/heads/main"), set()),
    "a fork's pull request": (claims("pull_request", "eve/predictor"), set()),
    "another repository": (claims("environment:gcp-dev", "eve/predictor"), set()),
    "a repository of that beginning": (claims("environment:gcp-dev", "acme/predictor2"), set()),
}


def _as(google: Google, token: dict[str, str]) -> Iterator[str]:
    """Which of gcp-dev's accounts a job with this token acts as."""
    provider = google.project.providers[f"{POOL}/providers/{names.provider(NAME)}"]
    assert provider["oidc"] == {"issuerUri": "https://token.actions.githubusercontent.com"}
    assert provider["attributeMapping"] == {"google.subject": "assertion.sub"}
    if cel.holds(provider["attributeCondition"], token):
        who = f"principal://iam.googleapis.com/{POOL}/subject/{token['assertion.sub']}"
        for kind in ("plan", "apply"):
            account = ACCOUNT.format(names.role(kind, NAME))
            if may(google, who, "iam.serviceAccounts.getAccessToken", account):
                yield kind


@pytest.mark.parametrize(("token", "kinds"), TOKENS.values(), ids=TOKENS)
def test_who_comes_in(both: Google, token: dict[str, str], kinds: set[str]) -> None:
    """An environment of GitHub has reviewers, a pull request is anybody's."""
    assert set(_as(both, token)) == kinds

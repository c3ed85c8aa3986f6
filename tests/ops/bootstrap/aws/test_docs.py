"""docs/aws.md says what is made, by its name: what it says must be so."""

from __future__ import annotations

import pytest

from infra.aws import shared
from ops.bootstrap.aws import bucket
from ops.environment import ROOT

TEXT = (ROOT / "docs" / "aws.md").read_text()


@pytest.mark.parametrize(
    "said",
    [
        f"S3 bucket `{shared.Shared('<account>', '<region>').bucket}`",
        f"KMS key `{shared.ALIAS}`",
        f"role `{shared.role('plan', '<env>')}`",
        f"role `{shared.role('apply', '<env>')}`",
        f"policy `{shared.BOUNDARY}`",
        f"--role-name {shared.role('apply', '<env>')}",
        shared.Shared("<account>", "eu-central-1").boundary,
        f"old versions stay {bucket.KEPT_DAYS} days",
    ],
)
def test_what_is_made_is_told_by_its_name(said: str) -> None:
    """Who cleans up by hand goes by this page."""
    assert said in TEXT

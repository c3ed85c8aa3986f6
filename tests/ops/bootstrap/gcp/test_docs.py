"""docs/gcp.md says what is made, by its name: what it says must be so."""

from __future__ import annotations

import pytest

from infra.gcp import shared
from ops.bootstrap.gcp import bucket, key, permissions
from ops.environment import ROOT

TEXT = (ROOT / "docs" / "gcp.md").read_text()


@pytest.mark.parametrize(
    "said",
    [
        f"bucket `{shared.Shared('<project>', '<region>').bucket}`",
        f"key `{shared.STATE_KEY}` in the key ring `{shared.KEY_RING}`",
        f"service account `{shared.role('plan', '<env>')}`",
        f"service account `{shared.role('apply', '<env>')}`",
        f"pool `{shared.POOL}`",
        f"provider `{shared.provider('<env>')}`",
        *(f"`{role}`" for role in permissions.roles()),
        f"old versions stay {bucket.KEPT_DAYS} days",
        f"had back for {bucket.SOFT_DAYS}",
        f"every {key.ROTATION_DAYS} days",
        "`shoestring:identity_pool`",
    ],
)
def test_what_is_made_is_told_by_its_name(said: str) -> None:
    """Who cleans up by hand goes by this page."""
    assert said in TEXT

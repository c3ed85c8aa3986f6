"""Releases that are not the site's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.releases.trial import Trial
from tests.hosts.site import Site


@pytest.fixture
def trial(site: Site, tmp_path: Path) -> Iterator[Trial]:
    """Releases that misbehave; afterwards the site's own serves again."""
    yield Trial(site, tmp_path)
    done = site.playbook("deploy")
    assert done.returncode == 0, done.stdout

"""The settings of a stack on Google Cloud: a bad one is refused at once by key, expectation and fix, as on AWS."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.settings import Settings
from infra.settings_clouds import Gcp
from tests.infra.footprints import changed
from tests.infra.gcp import bad_settings
from tests.infra.stacks import Bad, written
from tests.infra.test_settings import as_pulumi_hands_it_on, refused


@pytest.mark.parametrize("bad", bad_settings.BAD.values(), ids=bad_settings.BAD)
def test_it_is_refused_by_key_expectation_and_fix(bad: Bad, tmp_path: Path) -> None:
    file = written(tmp_path, changed(bad.base, bad.at, bad.value), "gcp-dev")
    error = refused(lambda: Settings.load(file))
    there = [problem for problem in error.problems if problem.path == bad.path]
    assert there, f"no problem at {bad.path}, but: {error}"
    assert any(bad.expected in problem.expected and bad.fix in problem.fix for problem in there), str(error)
    assert "canary77" not in str(error), "what may be a secret is not repeated"


@pytest.mark.parametrize("bad", bad_settings.BAD.values(), ids=bad_settings.BAD)
def test_plain_pulumi_up_refuses_it_too(bad: Bad) -> None:
    """The engine hands everything on as text."""
    config = as_pulumi_hands_it_on(changed(bad.base, bad.at, bad.value))
    error = refused(lambda: Settings.of("gcp-dev", config, "stacks/Pulumi.gcp-dev.yaml"))
    assert bad.path in [problem.path for problem in error.problems], str(error)


def test_what_they_start_from_is_good(tmp_path: Path) -> None:
    for config in (bad_settings.dev(), bad_settings.PROD):
        assert isinstance(Settings.load(written(tmp_path, config, "gcp-dev")), Gcp)

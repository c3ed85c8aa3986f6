"""A host of a good Footprint, to judge facts of."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ops.doctor import about
from ops.doctor.about import About
from ops.environment import Environment
from tests.infra import footprints


@pytest.fixture
def three(root: Path) -> Environment:
    """Three servers that one owns; nothing answers at their addresses."""
    footprints.write(root / "stacks", footprints.three())
    return Environment.resolve("three", root)


@pytest.fixture
def data1(three: Environment) -> About:
    now = time.time()
    return about.of(three, three.check(), now - 1, now)["data1"]

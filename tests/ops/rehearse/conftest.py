"""The stacks that are shipped, in a clone of their own, and the rehearsal of each."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.environment import ROOT
from ops.rehearse.place import Rehearsed

STACKS = ("aws-dev", "aws-prod")


@pytest.fixture
def clone(root: Path) -> Path:
    """A repository's root with the environments `aws-dev` and `aws-prod` beside those of `root`."""
    for stack in STACKS:
        shutil.copy(ROOT / "stacks" / f"Pulumi.{stack}.yaml", root / "stacks")
    return root


@pytest.fixture
def of(clone: Path) -> Callable[[str], Rehearsed]:
    """The rehearsal of an environment in the clone, by its name."""
    return lambda name: Rehearsed.of(name, clone)


@pytest.fixture
def dev(of: Callable[[str], Rehearsed]) -> Rehearsed:
    return of("aws-dev")

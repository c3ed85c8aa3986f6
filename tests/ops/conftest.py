"""An environment in a directory of its own, with a vault key of its own: no test touches the user's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ops.environment import ROOT, Environment


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's root with the environments `one` (rehearsed) and `yours` (a Footprint by hand)."""
    for name, file in (("one", "rehearsal.yml"), ("yours", "footprint.yml")):
        (tmp_path / "stacks" / name).mkdir(parents=True)
        (tmp_path / "stacks" / name / file).write_text("{}\n")
    shutil.copy(ROOT / "stacks/exposure.yml", tmp_path / "stacks")
    for variable in ("SHOESTRING_VAULT_KEY", "SHOESTRING_VAULT_KEY_FILE", "SHOESTRING_VAULT_KEY_COMMAND"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def one(root: Path) -> Environment:
    """The rehearsed environment."""
    return Environment.resolve("one", root)


@pytest.fixture
def yours(root: Path) -> Environment:
    """The environment of servers that one owns."""
    return Environment.resolve("yours", root)

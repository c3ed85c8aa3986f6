"""An environment in a directory of its own, with a vault key of its own: no test touches the user's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ops import files
from ops.build import wheel, wheelhouse
from ops.environment import ROOT, Environment
from tests.ops.toy import Toy


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


@pytest.fixture(scope="session")
def build_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path, Path], wheel.Wheel]:
    """wheel.build of a toy's source, which is really built once a session; this takes a second or two."""
    built: dict[str, Path] = {}
    real = wheel.build

    def build(source: Path, cache: Path) -> wheel.Wheel:
        code = (source / "src/toy/__init__.py").read_text()
        if code not in built:
            built[code] = real(source, tmp_path_factory.mktemp("wheels")).path
        return wheel.keep(built[code], cache)

    return build


@pytest.fixture
def toy(
    one: Environment,
    build_once: Callable[[Path, Path], wheel.Wheel],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Toy:
    """A service in the environment `one`; what its wheel needs is not fetched."""
    monkeypatch.setattr(wheel, "build", build_once)
    archive = tmp_path / "wheelhouse.tar"
    archive.write_bytes(b"wheels")
    made = wheelhouse.Wheelhouse("0" * 16, archive, files.sha256(archive))
    monkeypatch.setattr(wheelhouse, "ensure", lambda *_: made)
    return Toy(one, tmp_path)

"""Makes the host's half of `tree` importable here as it is on a host, and builds calls of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ansible.module_utils
import pytest

_UTILS = str(Path(__file__).parents[4] / "ansible/plugins/module_utils")
if _UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_UTILS)

from ansible.module_utils.tree_plan import Spec, Wanted  # noqa: E402 - after the path above

ME = {"owner": str(os.geteuid()), "group": str(os.getegid())}


@pytest.fixture
def wanted() -> Callable[..., Wanted]:
    """A file that belongs to whoever runs the tests."""

    def build(path: str, content: str | bytes = "", mode: int = 0o644, **more: Any) -> Wanted:
        raw = content.encode() if isinstance(content, str) else content
        return Wanted(**{"path": path, "mode": mode, "content": raw, **ME, **more})

    return build


@pytest.fixture
def spec(tmp_path: Path) -> Callable[..., Spec]:
    """One call of tree on tmp_path/root."""
    (tmp_path / "root").mkdir(exist_ok=True)

    def build(*files: Wanted, **more: Any) -> Spec:
        return Spec(**{"name": "t", "root": str(tmp_path / "root"), "files": files, **ME, **more})

    return build


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Stands for the host's /."""
    return tmp_path / "root"


@pytest.fixture
def snapshot(root: Path) -> Callable[[], dict[str, tuple[object, ...]]]:
    """{path: (kind, owner, mode, contents)} of everything below root but tree's own records."""

    def take() -> dict[str, tuple[object, ...]]:
        found: dict[str, tuple[object, ...]] = {}
        for path in sorted(root.rglob("*")):
            name, status = path.relative_to(root).as_posix(), path.lstat()
            if name == "var" or name.startswith("var/lib"):
                continue
            content = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None
            found[name] = (status.st_mode, status.st_uid, status.st_gid, content)
        return found

    return take

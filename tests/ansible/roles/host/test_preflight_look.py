"""What preflight finds on a host that the roles were not made for, and that it finds nothing on one that fits."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[4] / "ansible/roles/host/templates/_preflight/look.py"
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n'


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("preflight_look", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # the role's directory holds no byte code
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


look = _module()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The few files of a Debian 13 that are looked at: 950 MB of memory."""
    for name, text in {
        "etc/os-release": DEBIAN,
        "proc/meminfo": "MemTotal:         972800 kB\nMemFree: 1 kB\n",
    }.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    return tmp_path


def test_a_host_that_fits_is_let_in(root: Path) -> None:
    assert list(look.system(root, "x86_64")) == []
    assert list(look.memory(root, 700)) == []
    assert list(look.disk([str(root)], 1)) == []


@pytest.mark.parametrize(
    ("release", "told"),
    [
        (DEBIAN.replace("13", "12"), "runs Debian GNU/Linux 12"),
        ('ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04 LTS"\n', "runs Ubuntu 24.04 LTS"),
        ("ID=debian\n", "runs an unknown system"),
        ("", "runs an unknown system"),
    ],
)
def test_another_system_is_named_with_what_to_do(root: Path, release: str, told: str) -> None:
    (root / "etc/os-release").write_text(release)
    (problem,) = look.system(root, "x86_64")
    assert problem.startswith(told)
    assert "Install Debian 13" in problem


def test_a_host_without_os_release_or_systemd_or_of_another_make(root: Path) -> None:
    (root / "etc/os-release").unlink()
    (root / "run/systemd/system").rmdir()
    system, machine, init = look.system(root, "aarch64")
    assert "unknown system" in system
    assert "aarch64" in machine
    assert "x86_64" in machine
    assert "systemd" in init


def test_too_little_memory_names_what_there_is_and_the_setting(root: Path) -> None:
    (problem,) = look.memory(root, 951)
    assert "950 MB" in problem
    assert "host_memory_min_mb asks for 951" in problem


def test_too_little_disk_is_looked_for_where_the_data_will_be_made(root: Path) -> None:
    places = [str(root), str(root / "srv/bucket")]
    problems = list(look.disk(places, 10**9))
    assert [place in problem for place, problem in zip(places, problems, strict=True)] == [True, True]
    assert all("host_disk_min_mb" in problem and "MB free" in problem for problem in problems)

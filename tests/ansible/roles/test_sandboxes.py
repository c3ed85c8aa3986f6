"""Every service unit that a role brings has a sandbox, and the test that measures them on hosts knows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hosts.sandboxes import MEASURED

ROOT = Path(__file__).parents[3]
SYSTEM = "templates/etc/systemd/system"
UNITS = {
    path.parent.name.removesuffix(".d") if path.parent.name.endswith(".service.d") else path.name.removesuffix(".j2")
    for path in (ROOT / "ansible/roles").glob(f"*/{SYSTEM}/**/*.j2")
    if ".service" in path.name or path.parent.name.endswith(".service.d")
}
TRANSIENT = "systemd-run"


def test_each_unit_of_ours_is_measured() -> None:
    """One that nobody measures would lose its sandbox, or come without, and no test would fail."""
    assert len(UNITS) >= 8
    assert set(MEASURED) == UNITS


@pytest.mark.parametrize("path", [path for path in (ROOT / "ansible/roles").rglob("*") if path.is_file()], ids=str)
def test_what_a_role_leaves_for_later_is_a_unit_with_a_sandbox(path: Path) -> None:
    """systemd-run with a command of its own makes a unit that no template shows, as root and free of any sandbox."""
    lines = [line.strip() for line in path.read_text(errors="replace").splitlines()]
    runs = [line for line in lines if line.startswith(f"{TRANSIENT} ")]
    assert [line for line in runs if "--unit=" not in line or not line.split()[-1].startswith("--")] == []

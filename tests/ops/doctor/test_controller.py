"""This machine is fit only with the tools and the packages that the verbs were tested with."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.doctor import controller, limits
from ops.doctor.line import FAIL, OK
from ops.environment import Environment

NO_CLI = """#!/bin/sh
echo v{version}
"""


def test_a_tool_that_is_missing_is_named_with_its_package(one: Environment, tmp_path: Path) -> None:
    found = controller.tools(one, str(tmp_path))
    assert found.state == FAIL
    assert "systemd-container" in found.found
    assert "apt-get install --yes git iproute2" in found.fix


def test_servers_of_ones_own_need_no_tools_for_hosts_here(yours: Environment, tmp_path: Path) -> None:
    assert "nftables" not in controller.tools(yours, str(tmp_path)).found


def test_packages_are_compared_with_the_lock(one: Environment, tmp_path: Path) -> None:
    assert controller.packages(one).state == OK
    (tmp_path / "base.txt").write_text("ansible-core==1.0 \\\n    --hash=sha256:0\nnobody-has-this==2.0\n")
    found = controller.packages(one, tmp_path)
    assert found.state == FAIL
    assert "not 1.0" in found.found
    assert "nobody-has-this missing" in found.found
    assert "locks/install.sh base" in found.fix


def test_a_marker_that_does_not_apply_is_left_out(one: Environment, tmp_path: Path) -> None:
    locked = 'ansible-core==2.19.14 \\\nnobody-has-this==2.0 ; sys_platform == "win32" \\\n'
    (tmp_path / "base.txt").write_text(locked)
    assert controller.packages(one, tmp_path).state == OK


@pytest.mark.parametrize(("version", "state"), [("3.260.0", OK), ("3.261.1", OK), ("3.9.0", FAIL), ("4.0.0", FAIL)])
def test_another_pulumi_on_path_is_told(
    one: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, state: str
) -> None:
    """Numbers are compared as numbers: 3.9 is older than 3.260."""
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text(NO_CLI.format(version=version))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    assert controller.pulumi(one).state == state


def test_too_little_room_is_told(one: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    assert controller.room(one).state == OK
    monkeypatch.setattr(limits, "CONTROLLER_BYTES", 1 << 60)
    assert controller.room(one).state == FAIL

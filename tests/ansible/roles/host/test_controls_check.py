"""The program that asks a host for its controls: what can't be asked is not met, and what is found is said."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from types import ModuleType

import pytest

from ops.environment import ROOT

SCRIPT = ROOT / "ansible/roles/host/templates/_controls/check.py"


def _module() -> ModuleType:
    """Executed from its text: the role's directory holds no byte code."""
    module = ModuleType("controls_check")
    exec(compile(SCRIPT.read_text(), str(SCRIPT), "exec"), module.__dict__)  # noqa: S102
    return module


check = _module()


def test_what_a_command_printed_is_what_was_found() -> None:
    assert check.nothing("true") == ""
    assert check.nothing("printf '/opt/one\\n/opt/two\\n'") == "/opt/one, /opt/two"


@pytest.mark.parametrize("script", ["no-such-program", "find /no-such-directory", "no-such-program | grep x"])
def test_what_could_not_ask_found_something(script: str) -> None:
    """A missing program would else be the best of all answers."""
    assert "no" in check.nothing(script)


def test_what_holds_has_to_succeed() -> None:
    assert check.holds("true && true") == ""
    assert check.holds("false && true") == "it is not so"
    assert check.holds("! true && true") == "it is not so"


def test_rights_may_be_fewer_but_not_more(tmp_path: Path) -> None:
    me, mine = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    wanted = {"path": f"{tmp_path}/key*", "mode": "0640", "owner": me, "group": mine}
    assert check.file(wanted) == "", "what is not there has no rights"
    for name, mode in (("key1", 0o600), ("key2", 0o640), ("key3", 0o644)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    found = check.file(wanted)
    assert "key3 is 0644" in found
    assert "key1" not in found
    assert "key2" not in found


def test_a_setting_of_the_kernel_has_to_be_there() -> None:
    assert check.sysctl({"kernel.no_such_setting": 1}) == "kernel.no_such_setting is missing"


def test_a_setting_of_sshd_is_said_as_it_is() -> None:
    settings = {"permitrootlogin yes", "port 22"}
    assert check.sshd("Port 22", settings) == ""
    assert check.sshd("PermitRootLogin no", settings) == "permitrootlogin yes"
    assert check.sshd("Banner none", settings) == "no banner"

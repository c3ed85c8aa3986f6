"""ansible/vault-key: where the key comes from, and that a key which others can read is never used."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops import vault

VALUE, NAMED, DEFAULT = "from-the-variable", "from-the-named-file", "from-the-default-file"


@dataclass(frozen=True)
class Case:
    """What is set, and what comes of it: the key, or the exit code and a word of what is said."""

    variable: str | None = None
    named: int | None = None  # the file's mode
    default: int | None = None
    key: str | None = None
    code: int = 0
    said: str = ""


CASES = {
    "the variable comes before both files": Case(VALUE, 0o600, 0o600, key=VALUE),
    "the named file comes before the default": Case(None, 0o600, 0o600, key=NAMED),
    "the default file": Case(None, None, 0o600, key=DEFAULT),
    "0400 is as private as 0600": Case(None, None, 0o400, key=DEFAULT),
    "none yet": Case(code=3, said="There is no vault key at"),
    "an empty variable is a mistake, not a fall back": Case("", None, 0o600, code=1, said="set and empty"),
    "readable by the group": Case(None, None, 0o640, code=1, said="chmod 600"),
    "readable by all": Case(None, 0o604, 0o600, code=1, said="mode 0604"),
    "writable by the group": Case(None, None, 0o620, code=1, said="chmod 600"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_order_and_refusals(tmp_path: Path, case: Case) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    default, named = tmp_path / ".config" / "shoestring" / "vault-key", tmp_path / "named"
    for path, mode, text in ((default, case.default, DEFAULT), (named, case.named, NAMED)):
        if mode is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n")
            path.chmod(mode)
    if case.variable is not None:
        environment["SHOESTRING_VAULT_KEY"] = case.variable
    if case.named is not None:
        environment["SHOESTRING_VAULT_KEY_FILE"] = str(named)
    # -I -S: no site packages, as on a machine where the virtual environment is not made yet.
    done = subprocess.run(
        [sys.executable, "-I", "-S", vault.KEY_SCRIPT],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (case.code, f"{case.key}\n" if case.key else "")
    assert case.said in done.stderr
    if case.code:
        assert "  so:  " in done.stderr, "an error says what follows from it"
        assert "  fix: " in done.stderr, "an error says what to do"


def test_ansible_may_run_it() -> None:
    assert os.access(vault.KEY_SCRIPT, os.X_OK), "Ansible would take a file that it can't execute for the key itself"

"""ansible/vault-key: where the key comes from, and that a key which others can read is never used."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ops import vault
from ops.errors import OperationError

VALUE, NAMED, DEFAULT = "from-the-variable", "from-the-named-file", "from-the-default-file"
PRINTED = "from-the-command"


@dataclass(frozen=True)
class Case:
    """What is set, and what comes of it: the key, or the exit code and a word of what is said."""

    variable: str | None = None
    named: int | None = None  # the file's mode
    default: int | None = None
    command: str | None = None
    key: str | None = None
    code: int = 0
    said: str = ""


CASES = {
    "the variable comes before both files": Case(VALUE, 0o600, 0o600, key=VALUE),
    "the named file comes before the default": Case(None, 0o600, 0o600, key=NAMED),
    "the variable comes before the command": Case(VALUE, command="echo no", key=VALUE),
    "the named file comes before the command": Case(None, 0o600, command="echo no", key=NAMED),
    "the command comes before the default file": Case(default=0o600, command=f"echo {PRINTED}", key=PRINTED),
    "a command's words may be quoted": Case(command="sh -c 'echo from-the; printf x >&2' ", key="from-the"),
    "a command is not given to a shell": Case(command="echo $HOME;id", key="$HOME;id"),
    "a command has no input to wait for": Case(command="cat", code=1, said="printed nothing"),
    "a command that fails is told with what it said": Case(
        default=0o600,
        command="sh -c 'echo the store is sealed >&2; exit 7'",
        code=1,
        said="exit code 7. It said:\n    the store is sealed",
    ),
    "a command that prints nothing": Case(default=0o600, command="true", code=1, said="printed nothing"),
    "a command that prints a page": Case(command="printf 'a\\nb\\n'", code=1, said="printed 2 lines"),
    "a command that prints bytes": Case(command="printf '\\377\\376'", code=1, said="no text"),
    "a command that is not there": Case(default=0o600, command="no-such-program x", code=1, said="no-such-program"),
    "a command with an open quote": Case(default=0o600, command="echo 'x", code=1, said="Mend the quotes"),
    "an empty command is a mistake": Case(default=0o600, command=" ", code=1, said="set and empty"),
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
    if case.command is not None:
        environment["SHOESTRING_VAULT_KEY_COMMAND"] = case.command
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


def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    """A store that is down must not hold a run for ever, nor a child of it that keeps the pipe open."""
    script = tmp_path / "vault-key"
    script.write_text(vault.KEY_SCRIPT.read_text().replace("PATIENCE = 60", "PATIENCE = 1"))
    assert script.read_text() != vault.KEY_SCRIPT.read_text()
    command = f"sh -c 'echo waiting for the store >&2; sleep 300 & echo $! > {tmp_path}/child; wait'"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SHOESTRING_VAULT_KEY_COMMAND": command}
    argv: list[str | Path] = [sys.executable, "-I", "-S", script]
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "did not answer within 1 s. It said:\n    waiting for the store" in done.stderr
    child = Path("/proc") / (tmp_path / "child").read_text().strip() / "cmdline"
    assert not child.is_file() or not child.read_bytes(), "the command's own child goes on"


def test_the_verbs_use_the_command_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHOESTRING_VAULT_KEY", "SHOESTRING_VAULT_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("SHOESTRING_VAULT_KEY_COMMAND", "echo from-the-store")
    assert vault.key(create=True) == b"from-the-store"
    monkeypatch.setenv("SHOESTRING_VAULT_KEY_COMMAND", "false")
    with pytest.raises(OperationError, match="exit code 1"):
        vault.key(create=True)
    assert list(tmp_path.iterdir()) == [], "where a command gives the key, none is made"


def test_ansible_may_run_it() -> None:
    assert os.access(vault.KEY_SCRIPT, os.X_OK), "Ansible would take a file that it can't execute for the key itself"

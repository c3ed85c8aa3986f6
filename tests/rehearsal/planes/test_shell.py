"""How a script reaches a host: as input, with its secrets. ssh and sudo are replaced here, but in the real test."""

import os
import shlex
from pathlib import Path

import pytest

from ops.errors import OperationError
from rehearsal.planes import postgres
from rehearsal.planes.authority import Authority
from rehearsal.planes.shell import Shell
from tests.rehearsal.planes.databases import DATABASE

SECRET = 'nobody\'s "business" $HOME'  # noqa: S105
SSH = """#!/bin/sh
printf '%s\\n' "$@" >"$NOTES/argv"
for last in "$@"; do :; done
SSH_CONNECTION='192.0.2.1 50718 192.0.2.5 22' exec sh -c "$last"
"""
SUDO = """#!/bin/sh
test "$1" = -n && shift && exec env -u SSH_CONNECTION "$@"
"""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    for name, text in (("ssh", SSH), ("sudo", SUDO)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("NOTES", str(tmp_path))
    return Shell("192.0.2.5", ("ssh-ed25519 AAAA", "ssh-rsa BBBB"), tmp_path / "key", tmp_path / "private")


def test_a_script_reads_what_follows_it(shell: Shell, tmp_path: Path) -> None:
    script = f"# gr\u00fc\u00dfe\nsaid={shlex.quote(SECRET)}\necho \"$said\"\ncat\ntr '\\0' '\\n' </proc/$$/cmdline\n"
    lines = shell.run(script, SECRET + "\n").splitlines()
    assert lines[:2] == [SECRET, SECRET]
    for argv in ((tmp_path / "argv").read_text(), "\n".join(lines[2:])):
        assert "business" not in argv


def test_a_script_stops_at_its_first_failure_and_at_a_name_without_value(shell: Shell) -> None:
    for script in ("false\necho on", 'echo "$no_such_name"\necho on', "echo 'broken\necho on"):
        with pytest.raises(OperationError, match=r"192\.0\.2\.5"):
            shell.run(script)


def test_a_script_knows_from_where_it_was_called(shell: Shell) -> None:
    assert shell.run('echo "${SSH_CONNECTION%% *}"') == "192.0.2.1\n"


def test_a_failure_says_where_and_how_it_ended(shell: Shell) -> None:
    with pytest.raises(OperationError) as failed:
        shell.run("i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i + 1)); done; echo the end >&2; exit 3")
    assert "192.0.2.5" in failed.value.cause
    assert failed.value.cause.endswith("the end")
    assert len(failed.value.cause) < 2000
    with pytest.raises(OperationError, match="within 0 s"):
        shell.run("sleep 5", seconds=0.2)


def test_only_the_hosts_own_keys_count(shell: Shell, tmp_path: Path) -> None:
    shell.run("true")
    known = tmp_path / "private" / "known-hosts-192.0.2.5"
    assert known.read_text() == "192.0.2.5 ssh-ed25519 AAAA\n192.0.2.5 ssh-rsa BBBB\n"
    assert (tmp_path / "private").stat().st_mode & 0o777 == 0o700
    argv = (tmp_path / "argv").read_text().splitlines()
    for option in ("StrictHostKeyChecking=yes", f"UserKnownHostsFile={known}", "GlobalKnownHostsFile=none"):
        assert option in argv
    assert argv[:2] == ["-F", "none"], "a person's own configuration may send this address elsewhere"


def test_a_host_that_does_not_answer_is_named_with_its_database(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "ssh").write_text("#!/bin/sh\necho 'ssh: connect to host: No route to host' >&2\nexit 255\n")
    with pytest.raises(OperationError) as failed:
        postgres.ensure(DATABASE, shell, Authority.of(tmp_path / "ca", "test"), print)
    for part in (DATABASE.identity, "192.0.2.5", "does not let us in over ssh", "No route to host"):
        assert part in failed.value.cause

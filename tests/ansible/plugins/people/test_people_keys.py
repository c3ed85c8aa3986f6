"""What the module takes for a key in authorized_keys: who reads a line otherwise than sshd does lets somebody in."""

from __future__ import annotations

import subprocess
from pathlib import Path

import ansible.module_utils
import pytest

_UTILS = str(Path(__file__).parents[4] / "ansible/plugins/module_utils")
if _UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_UTILS)

from ansible.module_utils import people_keys as keys  # noqa: E402 - after the path above

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHxqS8CcV0Jd4sRzKqO3pWYtV0mTz6X1m1m1m1m1m1m1"
OTHER = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBC8x"


@pytest.mark.parametrize(
    ("line", "identity"),
    {
        "plain": (KEY, KEY),
        "with a comment": (f"{KEY} ada@laptop", KEY),
        "a comment that looks like a key": (f"{KEY} {OTHER}", KEY),
        "with options": (f'from="10.0.0.0/8",no-pty {KEY} ada', KEY),
        "an option that quotes a key": (f'command="echo {OTHER}" {KEY}', KEY),
        "an option with a quoted quote": (f'command="say \\"{OTHER}\\" " {KEY}', KEY),
        "indented, with tabs": ("\t " + KEY.replace(" ", "\t"), KEY),
        "a security key": (f"sk-{KEY}".replace("ssh-ed25519", "ssh-ed25519@openssh.com"), None),
        "commented out": (f"# {KEY}", ""),
        "a word before it that is no option of a key": ("ssh-ed25519", ""),
        "a private key": ("-----BEGIN OPENSSH PRIVATE KEY-----", ""),
        "empty": ("", ""),
    }.values(),
)
def test_a_line_is_read_as_sshd_reads_it(line: str, identity: str | None) -> None:
    assert keys.identity(line) == (line if identity is None else identity)


def test_comments_do_not_count_and_options_do() -> None:
    assert keys.rules(f"{KEY} a\n") == keys.rules(f"# old\n\n{KEY}   b\n")
    assert keys.rules(f"no-pty {KEY}\n") != keys.rules(f"{KEY}\n")
    assert keys.identities(f"no-pty {KEY} a\n{OTHER}\n# {KEY}\n") == {KEY, OTHER}


def test_the_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    said = subprocess.run(["ssh-keygen", "-l", "-f", tmp_path / "key"], capture_output=True, text=True, check=True)
    public = (tmp_path / "key.pub").read_text()
    assert keys.fingerprint(keys.identity(public)) == said.stdout.split()[1]

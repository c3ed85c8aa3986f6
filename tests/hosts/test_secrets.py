"""No secret of the vault is in a log, a command line, a unit's environment, a world-readable file or git."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ops import vault
from ops.environment import ROOT
from tests.hosts.conftest import LoudRun
from tests.hosts.site import Site

# What of the vault lies in clear beside it, its owner's alone: for curl, and for ssh.
CONTROLLER_FILES = {"api-key", "api-key.header", "id_ed25519"}


def needles_of(secrets: dict[str, Any]) -> dict[str, str]:
    """Every secret of a vault under its name, as it is and as it may have been encoded."""
    found: dict[str, str] = {}

    def walk(name: str, value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key not in ("access", "created", "revoked"):  # a user name, and times
                    walk(f"{name}.{key}", inner)
        elif name != "vault_ca_certificate":
            text = str(value).strip()
            # Of a PEM a line near its end: the first ones are alike in all keys of a kind.
            text = text.splitlines()[-3] if text.startswith("-----") else text
            found[name] = text
            found[f"{name} in base64"] = base64.b64encode(text.encode()).decode().rstrip("=")[:-2]
            if quote(text, safe="") != text:
                found[f"{name} in a URL"] = quote(text, safe="")

    for name, value in secrets.items():
        walk(name, value)
    assert len(found) >= 12, f"the vault was not read: {sorted(found)}"
    return found


@pytest.fixture(scope="module")
def needles(site: Site) -> dict[str, str]:
    return needles_of(vault.read(site.environment.vault, vault.key()))


def _hits(needles: dict[str, str], text: str) -> list[str]:
    return [name for name, needle in needles.items() if needle in text]


def test_a_loud_run_prints_none(second_run: LoudRun) -> None:
    done = second_run.done
    assert done.returncode == 0, done.stdout[-3000:]
    assert len(done.stdout) > 10_000
    assert _hits(needles_of(second_run.vault), done.stdout) == []


def test_the_controller_keeps_none_in_clear(site: Site, needles: dict[str, str]) -> None:
    files = [path for path in site.environment.state.rglob("*") if path.is_file() and path.name not in CONTROLLER_FILES]
    files += (ROOT / ".shoestring" / "facts").glob(f"{site.environment.name}_*")
    files += [path for path in site.directory.rglob("*") if path.is_file()]
    assert len(files) > 8
    assert {str(path): _hits(needles, path.read_bytes().decode(errors="replace")) for path in files} == {
        str(path): [] for path in files
    }
    for path in (
        site.environment.state / "api-key",
        site.environment.state / "id_ed25519",
        site.environment.vault,
    ):
        assert path.stat().st_mode & 0o077 == 0, f"{path} can be read by others"
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    assert [
        name
        for name in tracked
        if name and (ROOT / name).is_file() and _hits(needles, (ROOT / name).read_bytes().decode(errors="replace"))
    ] == []


@pytest.mark.parametrize("host", ["app1", "app2", "data1"])
def test_a_host_shows_none(site: Site, needles: dict[str, str], host: str) -> None:
    where = {
        "journal": "journalctl --no-pager --output=export",
        "command lines": "cat /proc/[0-9]*/cmdline",
        "logs": "find /var/log -type f -not -path \\*/journal/\\* -exec cat {} +",
        "units": "systemctl show \\* --property=Environment,ExecStart --no-pager",
        "world-readable files": "find /etc /opt/shoestring/releases /run /srv /tmp /usr/local /var/lib /var/tmp /home "
        "-xdev -type f -perm -o=r -size -2M -exec cat {} +",
    }
    for what, command in where.items():
        shown = site.ssh(host, f"{command} | base64 -w0")
        text = base64.b64decode(shown.stdout).decode(errors="replace")
        assert len(text) > 100, f"{what} of {host} was not read: {shown.stderr}"
        assert _hits(needles, text) == [], f"{what} of {host}"


def test_the_needles_are_found_where_they_must_be(site: Site, needles: dict[str, str]) -> None:
    """The search itself works: root's own files hold what the daemons need."""
    text = site.ssh("data1", "cat /etc/pgbackrest.conf").stdout
    assert "vault_backup_passphrase" in _hits(needles, text)


def test_the_ca_key_is_on_no_host(site: Site, needles: dict[str, str]) -> None:
    needle = needles["vault_ca_key"]
    for host in site.hosts():
        done = site.ssh(host, "grep -rlF -f - /etc /var/lib /root /home /opt /srv /tmp", needle)  # sudo logs its words
        assert (done.returncode, done.stdout) == (1, ""), Path(done.stdout)

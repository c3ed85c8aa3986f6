"""Every secret made anew while clients ask: no request is lost, no old value is taken, and a rollback still works."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import vault
from ops.environment import ROOT
from ops.rotate import journal
from ops.rotate.names import SECRETS
from tests.hosts import variant
from tests.hosts.releases import load
from tests.hosts.site import Site, recap

pytestmark = pytest.mark.full


@pytest.fixture
def alone(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The site by a vault and a vault key of its own: tests of other sites read theirs, of the same key, meanwhile."""
    made = variant.beside(site, tmp_path)
    shutil.copytree(site.directory, made.directory)
    old = vault.key()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    shutil.copytree(config / "shoestring", tmp_path / "config/shoestring")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    try:
        yield made
    finally:
        vault.write(site.environment.vault, vault.read(made.environment.vault, vault.key()), old)


def test_everything_is_rotated_under_load_and_a_rollback_works_after(alone: Site) -> None:
    """`rotate` itself asks the hosts with each old value; here the door, the database and the gateway are seen anew."""
    site = alone
    before, key = vault.read(site.environment.vault, vault.key()), vault.key()
    with load.steady(site) as seen:
        done = site.verb("rotate")
    assert done.returncode == 0, done.stdout
    assert seen.lost == []
    assert len(seen.ids) > 3000
    assert load.logged(site, seen) == "", "a prediction that was answered is not in the log"
    after = vault.read(site.environment.vault, vault.key())
    for name in ("vault_api_keys", "vault_database_service_password", "vault_bucket_root", "vault_ssh_private_key"):
        assert after[name] != before[name], f"{name} is as it was"
    assert vault.key() != key
    for pair in (one["secret"] for name, one in before.items() if name.startswith("vault_bucket_")):
        assert pair not in done.stdout
    assert site.ask("/readyz", key=before["vault_api_keys"]["default"])[0] == 401
    back = site.verb("rollback")
    assert back.returncode == 0, back.stdout
    site.must("verify")
    with load.steady(site) as seen:
        time.sleep(5)
    assert (seen.lost, load.logged(site, seen)) == ([], ""), "the release before logs with the new password"
    assert site.playbook("deploy").returncode == 0
    again = site.playbook("site")
    assert {host: one.changed for host, one in recap(again.stdout).items()} == dict.fromkeys(site.hosts(), 0)


@pytest.mark.parametrize("secret", ["bucket", "tls"])
def test_a_killed_rotation_is_continued_by_the_same_command(alone: Site, secret: str) -> None:
    """Killed in the middle of a playbook: with some hosts told of the new value and others not."""
    assert secret in SECRETS
    site = alone
    environment = {**os.environ, "ENV": str(site.directory), "SECRET": secret}
    run = subprocess.Popen(
        [sys.executable, "-m", "ops.cli", "rotate"], cwd=ROOT, env=environment, start_new_session=True
    )
    end = time.monotonic() + 120
    while journal.VARIABLE not in vault.read(site.environment.vault, vault.key()) and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(15)
    assert run.poll() is None, "it was done before it could be killed"
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    done = site.verb("rotate", SECRET=secret)
    assert done.returncode == 0, done.stdout
    assert "(goes on)" in done.stdout
    site.must("verify")

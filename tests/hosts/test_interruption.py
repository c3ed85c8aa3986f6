"""A killed run's lost handlers and people's edits by hand: the next run brings disk and running processes together.

The kill comes by a callback plugin (callbacks/cut.py) between the task that writes a role's files and its handlers.
The same command again finds no file to change, and still the RUNNING process has to get what is on disk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.hosts import killing, unguarded
from tests.hosts.running import ADMIN, LOST, TRIAL
from tests.hosts.site import Site, recap

pytestmark = pytest.mark.full


@dataclass
class Trial:
    """A site under other settings than its own, until `restore`."""

    site: Site
    log: Path
    before: dict[str, list[str]] = field(default_factory=dict)
    restored: bool = False

    def run(self, tag: str, host: str, cut: str = "") -> int:
        """site.yml for one role on one host, with the trial's settings."""
        options = ("--tags", tag, "--limit", host, "--extra-vars", json.dumps(TRIAL))
        return killing.playbook(self.site, self.log, "site", *options, cut=cut)

    def restore(self) -> str:
        """The plain command, without the trial's settings; what it printed."""
        self.restored = True
        path = self.site.environment.footprint
        path.write_text(path.read_text().replace(f"  - {ADMIN}/32\n", ""))
        done = self.site.playbook("site")
        assert done.returncode == 0, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def trial(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """The Footprint has one more address that may administer; its hosts are as before after the module."""
    made = Trial(site, tmp_path_factory.mktemp("killed") / "log")
    made.before = killing.snapshot(site)
    path = site.environment.footprint
    text = path.read_text()
    assert text.count("  admin_cidrs:\n") == 1
    path.write_text(text.replace("  admin_cidrs:\n", f"  admin_cidrs:\n  - {ADMIN}/32\n"))
    try:
        yield made
    finally:
        if not made.restored:
            made.restore()


CASES = [pytest.param(*case, id=f"{case[0]}-{case[1]}") for case in LOST]


@pytest.mark.parametrize(("role", "host", "handler", "ask"), CASES)
def test_a_lost_handler_still_reaches_the_running_process(
    trial: Trial, role: str, host: str, handler: str, ask: Callable[[Site, str], bool]
) -> None:
    assert trial.run(role, host, cut=handler) == killing.KILLED, (
        f"it never came to {handler!r}: {trial.log.read_text()}"
    )
    if "Keep the change" not in handler:
        assert not ask(trial.site, host), "it was in force before its handler ran, so this proves nothing"
    assert trial.run(role, host) == 0, trial.log.read_text()
    assert ask(trial.site, host), f"{host} runs with what was on disk before the killed run"


# What somebody may do to a host by hand, one or more for each way that a role has of putting things right.
EDITS = {
    "app1": [
        "chmod 666 /etc/nginx/nginx.conf",
        "rm /etc/nginx/conf.d/proxy.conf",
        "systemctl stop apt-daily.timer",
        "sysctl -q -w net.ipv4.conf.all.accept_redirects=1",
        "apt-get -qq -y remove curl",
        "ln -s ../sites-available/default /etc/nginx/sites-enabled/default",
    ],
    "app2": [
        unguarded.STOP,
        "systemctl disable --quiet nginx.service",
        "nft add rule inet shoestring input tcp dport 9999 accept",
        'echo "nobody ALL=(ALL) NOPASSWD: ALL" >> /etc/sudoers.d/shoestring',
        'echo "PermitRootLogin yes" > /etc/ssh/sshd_config.d/10-shoestring.conf; systemctl reload ssh',
        "gpasswd -d www-data service",
        "chown nobody /etc/shoestring/tls/ca.pem",
    ],
    "data1": [
        unguarded.STOP,
        'echo "host all all 0.0.0.0/0 trust" >> /etc/postgresql/17/main/pg_hba.conf',
        "systemctl reload postgresql@17-main",
        "chown nobody /etc/postgresql/17/main/postgresql.conf",
        "systemctl mask --quiet --now apt-daily-upgrade.timer",
        "systemctl disable --quiet --now versitygw.service",
        "timedatectl set-timezone Europe/Paris",
        'runuser -u postgres -- psql -q -c "alter role service superuser"',
        "usermod -s /bin/bash versitygw",
        "rm /etc/sysctl.d/60-shoestring.conf",
        "nft flush ruleset",
    ],
}


def test_the_plain_command_again_repairs_what_was_edited_by_hand(trial: Trial) -> None:
    """And takes the trial's settings back: hosts, running processes included, are what they were before all this."""
    site = trial.site
    for host, edits in EDITS.items():
        done = site.ssh(host, "set -e; cd /; " + "; ".join(edits))
        assert done.returncode == 0, done.stderr
    edited = killing.snapshot(site)
    assert len(killing.difference(trial.before, edited).splitlines()) > 2 * sum(map(len, EDITS.values()))
    output = trial.restore()
    assert all(host.changed for host in recap(output).values())
    after = killing.snapshot(site)
    assert not (wrong := killing.difference(trial.before, after)), wrong
    assert killing.litter(after) == []
    for role, host, _, ask in LOST:
        assert not ask(site, host), f"the running {role} on {host} is still as the trial had it"
    assert site.must("verify")
    assert killing.left_here(site) == []

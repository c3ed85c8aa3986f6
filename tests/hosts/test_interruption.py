"""A killed run's lost handlers and people's edits by hand: the next run brings disk and running processes together.

The kill comes by a callback plugin (callbacks/cut.py) between the task that writes a role's files and its handlers.
The same command again finds no file to change, and still the RUNNING process has to get what is on disk.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.hosts import killing
from tests.hosts.site import Site, recap
from tests.hosts.test_requests import FLIGHT

ADMIN = "10.255.255.77"  # in nobody's network here
TRIAL = {
    "host_journal_max": "321M",
    "host_ssh_log_level": "DEBUG1",
    "host_timezone": "Asia/Tokyo",
    "bucket_region": "trial-1",
    "database_max_connections": 93,
    "database_statement_timeout": "59s",
    "nginx_header_timeout_seconds": 3,
    "nginx_worker_connections": 4032,
    "proxy_body_max": "40k",
    "service_body_max": "30k",
}


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


def _host(site: Site, name: str) -> bool:
    """The kernel, sshd for a new connection, the running journald and the clock, each asked for what it does."""
    firewall = ADMIN in site.ssh(name, "nft list chain inet shoestring input").stdout
    since = site.ssh(name, "date +%s; sleep 1").stdout.strip()
    time.sleep(1)
    talks = "debug1: " in site.ssh(name, f"journalctl -u ssh.service --since=@{since} -o cat").stdout
    journal = site.ssh(
        name, "journalctl -u systemd-journald.service -o cat | grep -F /var/log/journal | tail -1"
    ).stdout
    zone = site.ssh(name, "date +%Z").stdout.strip()
    answers = {firewall, talks, "max 321M" in journal, zone == "JST"}
    assert len(answers) == 1, f"half of it: {firewall=} {talks=} {journal=} {zone=}"
    return answers.pop()


def _gateway(site: Site, name: str) -> bool:
    """A request that is signed for the new region: the gateway takes it for its own only then."""
    sign = "--aws-sigv4 aws:amz:trial-1:s3"
    curl = f"curl -s -o /dev/null -w %{{http_code}} --config /etc/shoestring/credentials/bucket/deployer.curl {sign}"
    port = '$(python3 -c \'import json; print(json.load(open("/etc/shoestring/bucket.json"))["port"])\')'
    done = site.ssh(name, f"{curl} https://bucket.shoestring.internal:{port}/artifacts?list-type=2")
    assert done.stdout in ("200", "400", "403"), done.stderr
    return done.stdout == "200"


def _database(site: Site, name: str) -> bool:
    """One setting that a reload takes, and one that only a restart does."""
    del name
    asked = site.sql(
        "select current_setting($$statement_timeout$$) || current_setting($$max_connections$$)".replace("$", "\\$")
    )
    assert asked in ("59s93", "1min100"), f"half of it: {asked}"
    return asked == "59s93"


def _nginx(site: Site, name: str) -> bool:
    """How long it waits for a request, and its limit of open files, which a reload does not change."""
    limits = site.ssh(name, "cat /proc/$(systemctl show -P MainPID nginx.service)/limits").stdout
    files = next(line.split()[3] for line in limits.splitlines() if line.startswith("Max open files"))
    context = ssl.create_default_context(cafile=str(site.environment.state / "ca.pem"))
    door = site.footprint()["public"]["names"][0]
    with context.wrap_socket(socket.create_connection((door, 443), timeout=6), server_hostname=door) as waiting:
        begun = time.monotonic()
        try:
            cut = waiting.recv(1) == b"" and time.monotonic() - begun < 5
        except TimeoutError:
            cut = False
    assert (files == str(4032 * 4)) == cut, f"half of it: {files=} {cut=}"
    return cut


def _body(site: Site, size: int) -> int:
    """The status of a valid request of that many bytes."""
    body = json.dumps({"instances": [FLIGHT]}).encode().ljust(size)
    return site.ask("/v1/predictions", body, Content_Type="application/json")[0]


def _door(site: Site, name: str) -> bool:
    """The size of body that the public door refuses."""
    del name
    return _body(site, 45_000) == 413


def _behind(site: Site, name: str) -> bool:
    """The size of body that the service's own door refuses; which of the two hosts answers is up to the proxy."""
    config = "/etc/nginx/conf.d/service.conf"
    port = site.ssh(name, f"sed -n 's/.*listen \\([0-9]*\\) ssl.*/\\1/p' {config}").stdout.strip()
    tls = "--cacert /etc/shoestring/tls/ca.pem --cert /etc/shoestring/tls/host.pem --key /etc/shoestring/tls/host.key"
    at = f"--resolve service.shoestring.internal:{port}:{site.hosts()[name]}"
    curl = f"head -c 35000 /dev/zero | curl -s -o /dev/null -w %{{http_code}} {tls} {at} --data-binary @-"
    done = site.ssh("app1", f"{curl} https://service.shoestring.internal:{port}/v1/predictions")
    assert done.stdout in ("413", "400", "403", "415", "422"), done.stdout + done.stderr
    return done.stdout == "413"


LOST: list[tuple[str, str, str, Callable[[Site, str], bool]]] = [
    # role, host, the handler that is lost, what asks the running process
    ("host", "app1", "Apply the host's configuration", _host),
    ("host", "app2", "Keep the change, since a new connection came through", _host),
    ("database", "data1", "Reload PostgreSQL", _database),
    ("nginx", "app1", "Restart nginx under its changed unit", _nginx),
    ("proxy", "app1", "Reload nginx for the public door", _door),
    ("service", "app2", "Reload nginx for the service's door", _behind),
    ("bucket", "data1", "Restart the gateway", _gateway),
]


@pytest.mark.parametrize(("role", "host", "handler", "ask"), LOST, ids=[f"{role}-{host}" for role, host, *_ in LOST])
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
        "systemctl disable --quiet nginx.service",
        "nft add rule inet shoestring input tcp dport 9999 accept",
        'echo "nobody ALL=(ALL) NOPASSWD: ALL" >> /etc/sudoers.d/shoestring',
        'echo "PermitRootLogin yes" > /etc/ssh/sshd_config.d/10-shoestring.conf; systemctl reload ssh',
        "gpasswd -d www-data service",
        "chown nobody /etc/shoestring/tls/ca.pem",
    ],
    "data1": [
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


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_run_that_is_killed_at_one_boundary_after_the_other(site: Site, tmp_path: Path) -> None:
    """Every EVERY-th task boundary of site.yml, each kill while the settings change again; then one whole run."""
    every = int(os.environ.get("SHOESTRING_TEST_EVERY", "6"))
    before, log, tasks = killing.snapshot(site), tmp_path / "log", tmp_path / "tasks"
    trial = ("--extra-vars", json.dumps({name: value for name, value in TRIAL.items() if name != "bucket_region"}))
    cuts = 0
    for turn, number in enumerate(range(1 + time.time_ns() % every, 200, every)):
        code = killing.playbook(site, log, "site", *(trial if turn % 2 == 0 else ()), cut=str(number), tasks=tasks)
        if code == 0:
            break
        assert code == killing.KILLED, f"at boundary {number}: {log.read_text()}"
        cuts += 1
    assert cuts >= 50 // every, tasks.read_text()
    assert killing.playbook(site, log, "site") == 0, log.read_text()
    after = killing.snapshot(site)
    assert not (wrong := killing.difference(before, after)), wrong
    for role, host, _, ask in LOST:
        assert not ask(site, host), f"the running {role} on {host} is as a killed run had it"


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_deploy_that_is_killed_at_one_boundary_after_the_other(site: Site, tmp_path: Path) -> None:
    """In the end every host runs the release alone, with its settings, and nothing half copied is left."""
    every = int(os.environ.get("SHOESTRING_TEST_EVERY", "6"))
    before, release, log = killing.snapshot(site), site.status()["release"], tmp_path / "log"
    mark = f"at-{time.time_ns()}"  # a release that no host has yet
    trial = ("--extra-vars", json.dumps({"service_environment": {"TRIAL": mark}}))
    cuts = 0
    for number in range(2 + time.time_ns() % every, 200, every):
        code = killing.playbook(site, log, "deploy", *trial, cut=str(number))
        assert site.predict([FLIGHT])[0] == 200, f"killed at boundary {number}, nothing serves"
        if code == 0:
            break
        assert code == killing.KILLED, f"at boundary {number}: {log.read_text()}"
        cuts += 1
    assert cuts >= 30 // every
    assert killing.playbook(site, log, "deploy", *trial) == 0, log.read_text()
    assert killing.litter(killing.snapshot(site)) == []
    for host in ("app1", "app2"):
        pid = "$(systemctl show -P MainPID shoestring-service@*)"
        environment = site.ssh(host, f'tr "\\0" "\\n" < /proc/{pid}/environ').stdout.splitlines()
        assert f"TRIAL={mark}" in environment, f"{host} runs another release than `current`"
        assert site.ssh(host, "systemctl is-enabled shoestring-service@*").stdout.split() == ["enabled"]
    assert killing.playbook(site, log, "deploy") == 0, log.read_text()
    assert site.status()["release"] == release
    for host in ("app1", "app2"):
        gone = f"grep -l {mark} /opt/shoestring/releases/*/service.env | xargs dirname | xargs rm -r"
        assert site.ssh(host, gone).returncode == 0
    assert not (wrong := killing.difference(before, killing.snapshot(site))), wrong

"""A full life, and no secret of it in any place that others read: logs, command lines, environments, files, git.

Deploy, a loud run with diffs, tasks that fail with secrets in their hands, a plan, a bootstrap, and a rotation.
"""

from __future__ import annotations

import base64
import gzip
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ops.environment import ROOT
from tests.hosts import canaries
from tests.hosts.site import Site
from tests.rehearsal.aws.servers import serving

pytestmark = [pytest.mark.full, pytest.mark.timeout(3600)]

GATEWAY_AFTER = "vault_bucket_root.secret after the rotation"
MEANT_TO_FAIL = ("a tree refused", "a module that fails")
HOSTS = ("app1", "app2", "data1")
# Clear beside the vault, for their owner alone.
CONTROLLER_FILES = {"api-key", "api-key.header", "id_ed25519"}
# The gateway takes its own root's keys from the environment and from nowhere else but its command line: see below.
# Sees each command line and unit's environment on a host that lives as long as a tenth of a second.
SAMPLER = """
import os, pathlib, pwd, time
seen = set()
users = [one.pw_uid for one in pwd.getpwall() if one.pw_name == "versitygw"]
end = time.monotonic() + 1500
own = str(os.getpid())
while time.monotonic() < end and not os.path.exists("/run/sampled.stop"):
    for one in os.listdir("/proc"):
        if one.isdigit() and one != own:
            for what in ("cmdline", "environ"):
                path = pathlib.Path("/proc", one, what)
                try:
                    if what == "cmdline" or path.stat().st_uid not in users: seen.add(path.read_bytes())
                except OSError: pass
    time.sleep(0.1)
os.umask(0o077)
pathlib.Path("/var/tmp/sampled").write_bytes(b"\\n".join(seen))
"""
PLACES = {
    "journal": "journalctl --no-pager --output=export",
    "logs": "find /var/log -type f -not -path \\*/journal/\\* -exec cat {} +",
    "units": "systemctl show \\* --no-pager",
    "environments": "cat /proc/[0-9]*/cmdline; for one in /proc/[0-9]*; do "
    '[ "$(stat -c %U $one/environ)" = versitygw ] || cat $one/environ; done',
    "releases": "find /opt/shoestring/releases -type f -size -8M -not -path \\*/credentials/\\* -exec cat {} +",
    "metrics": "for one in /run/shoestring-service/*/http.sock; do "
    'curl -s --unix-socket "$one" http://host/metrics; done; echo .',
    "world-readable files": "find / -xdev \\( -path /proc -o -path /sys -o -path /usr/share -o -path /usr/lib \\) "
    "-prune -o -type f -perm -o=r -size -2M -print0 | xargs -0 cat",
}


@dataclass
class Life:
    """What was said, under what said it; `values` has the secrets from before and after the rotation."""

    values: dict[str, str]
    said: dict[str, str] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)

    def keep(self, what: str, done: subprocess.CompletedProcess[str]) -> None:
        self.said[what], self.failed[what] = f"{done.stdout}{done.stderr or ''}", done.returncode


@contextmanager
def sampled_here(seen: set[bytes]) -> Iterator[None]:
    """The controller's command lines, all the while."""
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(0.1):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(path.read_bytes())
                except OSError:
                    continue

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def sampled_there(site: Site) -> Iterator[None]:
    program = base64.b64encode(SAMPLER.encode()).decode()
    start = f"rm -f /var/tmp/sampled /run/sampled.stop; echo {program} | base64 -d >/run/sampler.py; "
    start += "systemd-run --quiet --collect --unit=sampler python3 /run/sampler.py"
    for host in HOSTS:
        assert site.ssh(host, start).returncode == 0
    try:
        yield
    finally:
        for host in HOSTS:
            site.ssh(host, "touch /run/sampled.stop; while systemctl --quiet is-active sampler; do sleep 0.2; done")


def _bootstrap(directory: Path, secret: str) -> subprocess.CompletedProcess[str]:
    """In an emulated account, with AWS keys that are canaries as well."""
    stacks = directory / "repository/stacks"
    stacks.mkdir(parents=True)
    (stacks / "Pulumi.aws-dev.yaml").write_text((ROOT / "stacks/Pulumi.aws-dev.yaml").read_text())
    call = (
        "import sys; from pathlib import Path; from ops import bootstrap; from ops.steps import Steps; "
        "print(bootstrap.run('aws-dev', True, Steps, Path(sys.argv[1])))"
    )
    with serving(directory) as url:
        account = {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "canary", "AWS_SECRET_ACCESS_KEY": secret}
        return subprocess.run(
            [sys.executable, "-c", call, str(stacks)],
            cwd=ROOT, env=os.environ | account, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip


def _failing(site: Site, life: Life) -> None:
    """Where a task has secrets in its hands: files that nginx refuses, and roles of a server that nobody finds."""
    broken = "/etc/nginx/modules-enabled/00-broken.conf"
    socket = "/run/postgresql/.s.PGSQL.5432"
    site.ssh("app1", f"echo broken >{broken}")
    try:
        options: tuple[str, ...] = ("--limit", "app1", "--tags", "proxy", "-e", '{"proxy_answer_timeout_seconds": 31}')
        life.keep("a tree refused", site.playbook("site", "-vvv", "--diff", *options))
    finally:
        site.ssh("app1", f"rm {broken}")
    site.ssh("data1", f"mv {socket} {socket}.away")
    try:
        options = ("--limit", "data1", "--tags", "database")
        life.keep("a module that fails", site.playbook("site", "-vvv", "--diff", *options))
    finally:
        site.ssh("data1", f"mv {socket}.away {socket}")
    assert all(life.failed[what] for what in MEANT_TO_FAIL)


@pytest.fixture(scope="module")
def life(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Life, set[bytes]]]:
    account = base64.b64encode(os.urandom(30)).decode()
    led = Life(canaries.of_site(site) | {"the account's secret": account})
    here: set[bytes] = set()
    with sampled_there(site), sampled_here(here):
        led.keep("deploy", site.verb("deploy"))
        led.keep("site.yml", site.playbook("site", "-vvv", "--diff"))
        led.keep("deploy.yml", site.playbook("deploy", "-vvv", "--diff"))
        led.keep("verify.yml", site.playbook("verify", "-vvv"))
        _failing(site, led)
        led.keep("plan", site.verb("plan", ENV="aws-dev"))
        led.keep("bootstrap", _bootstrap(tmp_path_factory.mktemp("account"), account))
        if importlib.util.find_spec("ops.rotate"):
            led.keep("rotate", site.verb("rotate", YES="1"))
        again = canaries.of_site(site)
        led.values |= {f"{name} after the rotation": one for name, one in again.items() if one != led.values[name]}
    # Not sampled: hosts of this machine are restarted for another SSH key, and the sampler would end with them.
    led.keep("the end", site.verb("up"))
    wrong = [
        what for what, code in led.failed.items() if code and what not in ("a tree refused", "a module that fails")
    ]
    assert not wrong, led.said[wrong[0]][-3000:]
    yield site, led, here
    for host in HOSTS:
        site.ssh(host, "rm -f /var/tmp/sampled /run/sampled.stop /run/sampler.py")


def _given_out(path: Path) -> bool:
    """In clear for its owner: what ssh, curl and clients need, and the keys that `key-add` made for others."""
    return path.name in CONTROLLER_FILES or path.parent.name == "keys"


def test_nothing_said_has_one(life: tuple[Site, Life, set[bytes]]) -> None:
    _, led, _ = life
    needles = canaries.needles(led.values)
    assert sum(map(len, led.said.values())) > 50_000, "the runs were not loud"
    assert {what: found for what, text in led.said.items() if (found := canaries.hits(needles, text))} == {}


def test_no_command_line_of_the_controller_has_one(life: tuple[Site, Life, set[bytes]]) -> None:
    _, led, here = life
    assert any(b"ansible-playbook" in line for line in here), "the runs were not sampled"
    assert canaries.hits(canaries.needles(led.values), b"\n".join(here).decode(errors="replace")) == []


def test_the_controllers_files_and_git_have_none(life: tuple[Site, Life, set[bytes]]) -> None:
    site, led, _ = life
    needles = canaries.needles(led.values)
    state = [path for path in site.environment.state.rglob("*") if path.is_file() and not _given_out(path)]
    facts = list((ROOT / ".shoestring/facts").glob(f"{site.environment.name}_*"))
    assert facts, "there are no cached facts to look into"
    files = state + facts + [path for path in site.directory.rglob("*") if path.is_file()]
    objects = subprocess.run(
        ["git", "log", "--all", "--patch", "--since=2.weeks", "--text"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode(errors="replace")
    found = {str(path): canaries.hits(needles, path.read_bytes().decode(errors="replace")) for path in files}
    assert {path: names for path, names in found.items() if names} == {}
    assert canaries.hits(needles, objects) == []


@pytest.mark.parametrize("host", HOSTS)
def test_no_place_on_a_host_has_one(life: tuple[Site, Life, set[bytes]], host: str) -> None:
    site, led, _ = life
    needles = canaries.needles(led.values)
    for what, command in {**PLACES, "command lines and environments, all the while": "cat /var/tmp/sampled"}.items():
        shown = site.ssh(host, f"{{ {command}; }} | gzip -1 | base64 -w0").stdout
        text = gzip.decompress(base64.b64decode(shown)).decode(errors="replace")
        if what not in ("releases", "metrics"):
            assert len(text) > 1000, f"{what} of {host} was not read"
        assert canaries.hits(needles, text) == [], f"{what} of {host}"


def test_the_gateways_environment_is_the_gateways_alone(life: tuple[Site, Life, set[bytes]]) -> None:
    """The one unit with a secret there, and one only; no other user of the host may read it, and systemd shows none."""
    site, led, _ = life
    process = "/proc/$(systemctl show --property=MainPID --value versitygw)/environ"
    found = canaries.hits(canaries.needles(led.values), site.ssh("data1", f"cat {process}").stdout)
    assert {name.partition(",")[0] for name in found} <= {"vault_bucket_root.secret", GATEWAY_AFTER}
    assert found, "it has none any more: look into all environments then"
    for user in ("postgres", "deploy", "nobody"):
        assert site.ssh("data1", f"runuser -u {user} -- cat {process}").stdout == ""


def test_the_sampler_saw_the_runs(life: tuple[Site, Life, set[bytes]]) -> None:
    """Else `no command line` would say nothing."""
    site, _, _ = life
    for host in HOSTS:
        assert int(site.ssh(host, "grep -ac BECOME-SUCCESS /var/tmp/sampled").stdout) > 0


def test_all_that_was_looked_for_is_found_where_it_has_to_be(life: tuple[Site, Life, set[bytes]]) -> None:
    """The search itself works: files of root's hold what the daemons need, each way of writing it is recognised."""
    site, led, _ = life
    needles = canaries.needles(led.values)
    assert canaries.hits(needles, site.ssh("data1", "cat /etc/pgbackrest.conf").stdout)
    for name, value in led.values.items():
        for text in (value, value.encode().hex(), json.dumps({"x": value})):
            assert any(hit.startswith(name) for hit in canaries.hits(needles, text)), name
        for before in range(3):
            code = base64.b64encode(b"x" * before + value.encode() + b"yz").decode()
            assert any(hit.startswith(name) for hit in canaries.hits(needles, code)), name

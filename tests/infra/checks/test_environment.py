"""All that people write beside the Footprint: each mistake is refused at once, by file, key, expectation and fix."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from infra.checks import environment
from infra.problems import SettingsError
from tests.infra.checks import bad_names, bad_values
from tests.infra.checks.environments import MAIN, Bad, make
from tests.infra.footprints import changed, key, managed, three

SECONDS = 2  # of CPU: other work on the machine is no fault of the check
BAD = bad_names.BAD | bad_values.BAD
GOOD = f"""\
service_memory_max: 50%
service_environment: {{MODEL_THREADS: 2, FLAG: true, GREETING: "no", LEVEL: "{{{{ footprint.environment }}}}"}}
service_tasks_max: "{{{{ 64 * 2 }}}}"
service_body_max: 8m
proxy_body_max: 8m
host_admins: [{{name: ada, keys: ["{key(9)} ada@laptop"]}}, {{name: bob, keys: ["{key(8)}"]}}]
host_timezone: Europe/Berlin
host_packages_extra: [htop, libstdc++6]
database_services:
  - {{name: service, password: "{{{{ vault_database_service_password }}}}"}}
  - {{name: reports, password: "{{{{ vault_database_reports_password }}}}"}}
database_statement_timeout: 1500ms
ansible_python_interpreter: /usr/bin/python3.13
"""


def refused(footprint: Path) -> SettingsError:
    """The refusal, and that it came in time."""
    start = time.process_time()
    with pytest.raises(SettingsError) as caught:
        environment.load(footprint)
    assert time.process_time() - start < SECONDS, "an error must not take long"
    return caught.value


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_it_is_refused_by_file_key_expectation_and_fix(bad: Bad, tmp_path: Path) -> None:
    error = refused(make(tmp_path, {bad.path: bad.text}))
    there = [problem for problem in error.problems if problem.path == bad.key]
    assert there, f"no problem at {bad.key}, but: {error}"
    assert any(bad.expected in problem.expected and bad.fix in problem.fix for problem in there), str(error)
    assert len(error.problems) == 1, f"one mistake, one problem: {error}"
    for part in (bad.path.partition("/")[0], bad.key, there[0].expected, there[0].fix):
        assert part in str(error), "the text says it all: file, key, expectation, fix"
    assert "canary77" not in str(error), "what may be a secret is not repeated"


def test_there_are_more_than_sixty() -> None:
    assert len(BAD) > 60


def test_good_settings_pass_and_quickly(tmp_path: Path) -> None:
    files = {
        MAIN: GOOD,
        "group_vars/all/more.yml": "# nothing yet\n",
        "group_vars/service.yml": "service_drain_seconds: 5\n",
        "group_vars/database/main.yml": "database_max_connections: 50\n",
        "host_vars/app1.yml": "nginx_keepalive_seconds: 30\nhost_journal_max: 1G\n",
        "group_vars/README.md": "Why we set what we set.\n",
        "group_vars/all/.main.yml.swp": "b0VIM\n",
    }
    footprint = make(tmp_path, files)
    environment.load(footprint)
    start = time.process_time()
    found = environment.load(footprint)
    assert time.process_time() - start < 0.5
    assert {layer.name for layer, _ in found.layers} == {"all", "service", "database", "app1"}
    assert found.footprint.environment == "three"


def test_one_refusal_names_every_problem_of_every_file(tmp_path: Path) -> None:
    document = changed(three(), "hosts.0.ssh.port", "22")
    files = {MAIN: "a: 1\nhost_revert_seconds: 1", "group_vars/service.yml": "b: 1", "group_vars/nobody.yml": "{}"}
    root = tmp_path / "root"
    (root / "stacks").mkdir(parents=True)
    (root / "stacks/exposure.yml").write_text("- {from: world}\n")
    footprint = make(root / "stacks", files, document)
    with pytest.raises(SettingsError) as caught:
        environment.load(footprint, root)
    text = str(caught.value)
    assert {"hosts[0].ssh.port", "[0].to", "a", "host_revert_seconds", "b"} <= {
        one.path for one in caught.value.problems
    }
    for name in ("three/footprint.yml", "stacks/exposure.yml", MAIN, "group_vars/service.yml", "group_vars/nobody.yml"):
        assert f"{root}/" in text
        assert name in text


def test_a_later_file_is_the_one_that_counts(tmp_path: Path) -> None:
    """Ansible's order: all, groups, host. A contradiction is told of the file that made it."""
    files = {MAIN: "proxy_body_max: 4m\nservice_body_max: 4m\n", "group_vars/service.yml": "service_body_max: 2m\n"}
    error = refused(make(tmp_path, files))
    assert [problem.path for problem in error.problems] == ["proxy_body_max"]
    make(tmp_path, {f"host_vars/{host}.yml": "service_body_max: 4m\n" for host in ("app1", "app2")})
    environment.load(tmp_path / "three/footprint.yml")


def test_a_managed_database_is_not_taken_for_a_host(tmp_path: Path) -> None:
    """Nor is the lack of a host in its group a lack of a database."""
    environment.load(make(tmp_path, {}, managed()))


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    footprint = make(tmp_path, {})
    (footprint.parent / "group_vars").mkdir()
    (footprint.parent / "group_vars/proxy.yml").symlink_to("nowhere.yml")
    os.mkfifo(footprint.parent / "group_vars/service.yml")
    error = refused(footprint)
    assert [problem.found for problem in error.problems] == ["a link to nothing, or no regular file"] * 2


def test_settings_beside_the_playbooks_would_count_everywhere(tmp_path: Path) -> None:
    root = tmp_path / "root"
    footprint = make(root / "stacks", {})
    shutil.copy(environment.ROOT / "stacks/exposure.yml", root / "stacks")
    environment.load(footprint, root)
    (root / "ansible/group_vars").mkdir(parents=True)
    with pytest.raises(SettingsError, match="settings of all environments"):
        environment.load(footprint, root)


def test_what_is_known_before_there_are_hosts_is_refused_before_they_are_made(tmp_path: Path) -> None:
    directory = tmp_path / "one"
    (directory / "group_vars/all").mkdir(parents=True)
    (directory / "rehearsal.yml").write_text("hosts: [{name: app1, groups: [service]}]\n")
    environment.before_hosts(directory)
    (directory / "group_vars/all/main.yml").write_text("service_tasks_max: 1\n")
    (directory / "group_vars/proxy.yml").write_text("{}\n")
    with pytest.raises(SettingsError) as caught:
        environment.before_hosts(directory)
    assert {problem.path for problem in caught.value.problems} == {"service_tasks_max", "(the whole file)"}

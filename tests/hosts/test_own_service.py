"""A service of one's own by variables alone: docs/bring-your-own-service.md done word for word, and what goes wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.environment import ROOT
from tests.hosts.site import Site

pytestmark = pytest.mark.full  # the site is given to another service and back

PAGE = (ROOT / "docs/bring-your-own-service.md").read_text()
VARIABLES = "stacks/local/group_vars/all/main.yml"
# `path`: and then the block that is the file's content
FILES = dict(re.findall(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
BROKEN = {
    "an import that fails": (
        "import os\n",
        "import os, nothing_like_it\n",
        "It said: ModuleNotFoundError: No module named 'nothing_like_it'",
    ),
    "another name": ("async def app", "async def application", 'Attribute "app" not found in module "hello"'),
    "never ready": ('"/health": {', '"/else": {', "not ready within 30 s; the last answer of /health was status 404"),
    "a crash": ("    caller =", "    os._exit(3)\n    caller =", "died (exit-code)"),
}


def _group_vars(site: Site) -> Path:
    return site.directory / "group_vars" / "all" / "main.yml"


def _units(site: Site, host: str) -> list[str]:
    listed = site.ssh(host, "systemctl list-units --plain --no-legend --all shoestring-service@*")
    return [line.split()[0] for line in listed.stdout.splitlines()]


@pytest.fixture(scope="module")
def hello(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The page's files, and the site with their service by the page's commands; its own service again afterwards."""
    assert set(FILES) == {"examples/hello/hello.py", "examples/hello/pyproject.toml", VARIABLES}
    for name in ("examples/hello/hello.py", "examples/hello/pyproject.toml"):
        assert (ROOT / name).read_text() == FILES[name], f"the page shows another {name}"
    assert COMMANDS == ["make lock ENV=local\n", "make up ENV=local\n"]
    # Beside the clone and not in it: the file in the clone is committed, and a test must not write it anew.
    source = tmp_path_factory.mktemp("own") / "hello"
    shutil.copytree(ROOT / "examples/hello", source, ignore=shutil.ignore_patterns("requirements.txt"))
    (source.parent / "before").write_text(site.status()["release"])
    kept = _group_vars(site).read_text() if _group_vars(site).exists() else None
    _group_vars(site).write_text(FILES[VARIABLES].replace("examples/hello", str(source)))
    try:
        for command in COMMANDS:
            done = _paste(command.replace("ENV=local", f"ENV={site.directory}"))
            assert done.returncode == 0, done.stdout + done.stderr
        (source / "up.txt").write_text(done.stdout)
        yield source
    finally:
        if kept is None:
            _group_vars(site).unlink()
        else:
            _group_vars(site).write_text(kept)
        site.must("deploy")
        assert site.playbook("site", "--limit", "proxy", "--tags", "proxy").returncode == 0  # its public paths
        assert site.status()["result"] == "ok"


def _paste(line: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("ENV", "MAKEFLAGS")}
    return subprocess.run(
        ["bash", "-c", line], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def test_the_page_ends_with_the_services_answer(site: Site, hello: Path) -> None:
    line = next(line for line in (hello / "up.txt").read_text().splitlines() if line.startswith("curl "))
    done = _paste(line)
    shown = json.loads(re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0])
    answer = json.loads(done.stdout)
    assert answer == shown | {"release": answer["release"]}, done.stderr
    status = site.status()
    assert (status["result"], status["service"], status["model"]) == ("ok", "hello", None)
    assert status["release"] == answer["release"]
    _, _, spoofed = site.ask("/hello", X_Api_Key_Name="root")
    assert json.loads(spoofed)["hello"] == "default", "a client can say which key it has"
    assert site.ask("/hello", key="")[0] == 401
    assert site.ask("/health", key="")[0] == 200
    assert site.ask("/readyz")[0] == 404, "the predictor still answers"


def test_it_gets_no_model_no_credential_and_no_word_of_the_database(site: Site, hello: Path) -> None:
    assert hello.is_dir()
    for host in ("app1", "app2"):
        (unit,) = _units(site, host)
        found = site.ssh(host, f"cat /proc/$(systemctl show --value -p MainPID {unit})/environ | tr '\\0' '\\n'").stdout
        assert "SERVICE_RELEASE=" in found
        assert [line for line in found.splitlines() if line.startswith("PG") or "PASSWORD" in line] == []
        assert (
            site.ssh(host, f"ls /run/credentials/{unit} /opt/shoestring/current/model/ | grep -v :").stdout.strip()
            == ""
        )


def test_the_release_before_can_start_again_whatever_the_new_one_does_without(site: Site, hello: Path) -> None:
    """What a release may read is its own: a reboot after a refused deploy finds the old one whole."""
    assert hello.is_dir()
    release = Path("/opt/shoestring/releases", (hello.parent / "before").read_text())
    unit = f"shoestring-service@{release.name}.service"
    ask = f"curl --silent --unix-socket {release}/http.sock http://localhost/readyz"
    wait = f"for i in $(seq 30); do {ask} | grep .database.:.ok && exit 0; sleep 1; done"
    try:
        done = site.ssh("app2", f"systemctl start {unit}; {wait}; exit 1")
    finally:
        site.ssh("app2", f"systemctl stop {unit}; systemctl reset-failed {unit}")
    assert done.returncode == 0, f"it has no password any more: {done.stdout}"


@pytest.mark.parametrize("case", list(BROKEN))
def test_a_broken_one_is_refused_with_the_reason_while_the_old_serves(site: Site, hello: Path, case: str) -> None:
    before = site.status()["release"]
    recorded = (site.environment.state / "release.json").read_bytes()
    code, variables = hello / "hello.py", _group_vars(site)
    good, kept = code.read_text(), variables.read_text()
    old, new, reason = BROKEN[case]
    assert old in good
    code.write_text(good.replace(old, new))
    variables.write_text(kept + "service_ready_seconds: 30\n")
    try:
        done = site.verb("deploy")
    finally:
        code.write_text(good)
        variables.write_text(kept)
    assert done.returncode == 1
    assert reason in done.stdout, done.stdout
    assert "goes on serving" in done.stdout
    status = site.status()
    assert (status["result"], status["release"]) == ("ok", before)
    assert _units(site, "app1") == [f"shoestring-service@{before}.service"], "something is left to clean by hand"
    assert (site.environment.state / "release.json").read_bytes() == recorded, "plain ansible-playbook would deploy it"


def test_what_cannot_work_is_refused_before_anything_is_contacted(site: Site, hello: Path) -> None:
    variables = _group_vars(site)
    kept = variables.read_text()
    logs = sorted((site.environment.state / "logs").iterdir())
    variables.write_text(kept.replace(str(hello), f"{hello}-gone"))
    try:
        done = site.verb("deploy")
    finally:
        variables.write_text(kept)
    assert done.returncode == 1
    assert "nothing was contacted or changed" in done.stdout
    assert f"{hello}-gone, which is not there" in done.stdout
    assert sorted((site.environment.state / "logs").iterdir()) == logs, "a playbook was run"


def test_a_canary_set_of_ones_own_decides(site: Site, hello: Path) -> None:
    """POSTed to service_predict_path; the answer's keys that are named have to be so."""
    variables = _group_vars(site)
    kept, before = variables.read_text(), site.status()["release"]
    canary = hello.parent / "canary.json"
    variables.write_text(f"{kept}service_canary: {canary}\nservice_predict_path: /hello\n")
    try:
        canary.write_text(json.dumps({"cases": [{"request": {}, "expected": {"hello": "nobody"}}]}))
        refused = site.verb("deploy")
        assert refused.returncode == 1
        assert 'expected "nobody", got "world"' in refused.stdout
        assert site.status()["release"] == before
        canary.write_text(json.dumps({"cases": [{"request": {}, "expected": {"hello": "world"}}]}))
        site.must("deploy")
        assert site.status()["example_request"] == {}
        site.must("verify")
    finally:
        variables.write_text(kept)
        site.must("deploy")
    assert site.status()["release"] == before

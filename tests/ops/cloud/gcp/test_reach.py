"""Google's new machines are waited for through its tunnel, also while they know no user yet."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra import inventory
from infra.footprint import Footprint
from ops import processes
from ops.cloud import reach
from ops.cloud.gcp import boot
from ops.environment import Environment
from ops.errors import OperationError
from tests.infra.footprints import PEM
from tests.infra.gcp import plans
from tests.ops.cloud import outputs
from tests.ops.cloud.gcp.made import without_a_model
from tests.ops.cloud.keys import key
from tests.ops.cloud.test_reach import NOW, ssh, wait

__all__ = ["ssh"]
DENIED = processes.Result(255, "", "deploy@10.20.0.10: Permission denied (publickey).\r\n")
GOOD = processes.Result(0, "", "")


@pytest.fixture
def described(dev: Environment) -> Environment:
    """`gcp-dev` with the Footprint that its stack's becomes."""
    document: dict[str, Any] = outputs.of("gcp-dev") | {"generated_at": NOW}
    for host in document["hosts"]:
        host["ssh"]["host_keys"] = [key(1)]
    without_a_model(dev.directory)
    (dev.directory / "footprint.json").write_text(json.dumps(document))
    dev.make_state()
    return dev


def test_the_user_is_waited_for(described: Environment, ssh: Any) -> None:
    """sshd is open before the startup script has made it."""
    calls = ssh(DENIED, DENIED, GOOD)
    times = iter([0.0, 1.0, boot.SHUT - 1])
    wait(described, lambda: next(times))
    assert len(calls) == 3


def test_but_not_for_ever(described: Environment, ssh: Any) -> None:
    ssh(DENIED, DENIED)
    times = iter([0.0, 1.0, boot.SHUT])
    with pytest.raises(OperationError, match="Permission denied") as caught:
        wait(described, lambda: next(times))
    assert "gcloud compute instances get-serial-port-output" in caught.value.fix


def test_another_hosts_key_is_still_fatal(described: Environment, ssh: Any) -> None:
    calls = ssh(processes.Result(255, "", "Host key verification failed.\r\n"))
    with pytest.raises(OperationError, match="can't be logged in to"):
        wait(described)
    assert len(calls) == 1


def test_the_way_is_googles_tunnel(described: Environment, ssh: Any) -> None:
    calls = ssh(GOOD)
    wait(described)
    (argv,) = calls
    target = Footprint.load(described.footprint).plain()["hosts"][0]["ssh"]["via"]["tunnel"]["target"]
    way = f"ProxyCommand=gcloud compute start-iap-tunnel {target} 22 --listen-on-stdin --project example-shoestring "
    assert f"{way}--zone us-central1-b --verbosity=warning" in argv
    assert target.startswith("gcp-dev-solo-"), "the instance's name, which Pulumi gave a suffix"
    assert argv[-1] == boot.BOOTED


@pytest.mark.parametrize(("said", "fix"), boot.FATAL.items())
def test_what_the_tunnel_says_for_good_ends_at_once(described: Environment, ssh: Any, said: str, fix: str) -> None:
    calls = ssh(processes.Result(255, "", f"ERROR: (gcloud.compute.start-iap-tunnel) {said}\nConnection closed\r\n"))
    with pytest.raises(OperationError, match="can't be logged in to") as caught:
        wait(described)
    assert caught.value.fix == f"{fix}, then: make up ENV=gcp-dev"
    assert len(calls) == 1


def test_a_startup_script_that_failed_is_told(described: Environment, ssh: Any) -> None:
    ssh(processes.Result(1, "", ""))
    with pytest.raises(
        OperationError, match=r"its first boot failed \(code 1 of `systemctl is-failed google-st"
    ) as caught:
        wait(described)
    assert "journalctl --unit google-startup-scripts.service on solo" in caught.value.fix


@pytest.mark.parametrize(
    ("states", "failed", "code"),
    [(["activating", "activating", "inactive"], 1, 0), (["failed"], 0, 1), (["inactive"], 1, 0)],
    ids=["waits", "failed", "no such unit"],
)
def test_the_first_boot_is_over_when_its_unit_is(tmp_path: Path, states: list[str], failed: int, code: int) -> None:
    """`is-failed` ends with 0 for a unit that failed; the shell is the hosts' own."""
    (tmp_path / "states").write_text("".join(f"{one}\n" for one in states))
    script = f"""#!/bin/sh
case "$1" in
show) head -1 {tmp_path}/states; sed -i 1d {tmp_path}/states ;;
is-failed) exit {failed} ;;
esac
"""
    for name, text in {"systemctl": script, "sleep": "#!/bin/sh\n"}.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    done = subprocess.run(["bash", "-c", boot.BOOTED], env={"PATH": path}, check=False, timeout=20)
    assert done.returncode == code
    assert (tmp_path / "states").read_text() == "", "all that it said was asked for"


@pytest.mark.parametrize(
    ("via", "words"),
    [("direct", "ProxyCommand=none"), ("jump", "ssh -o BatchMode=yes"), ("tunnel", "gcloud compute start-iap-tunnel")],
    ids=["direct", "jump", "tunnel"],
)
def test_each_way_of_a_stack_is_one_of_the_inventorys(tmp_path: Path, via: str, words: str) -> None:
    """The program's own Footprint, through the real inventory."""
    settings: dict[str, Any] = {"ssh": via, "names": ["predict.acme.dev"]}
    if via != "tunnel":
        settings["admin_cidrs"] = ["10.99.0.0/24"]
    document = outputs.footprint(plans.changed("gcp-prod", **settings)[1]) | {"generated_at": NOW}
    for number, host in enumerate(document["hosts"], 1):
        host["address"] = f"10.20.0.{number + 10}"
        host["ssh"] |= {"host_keys": [key(number)], "address": host["address"]}
    document["database"] |= {"ca_pem": PEM, "port": 5432}  # Pulumi's wire has no whole numbers
    document["database"]["admin"]["secret"] = "vault:vault_database_admin"  # noqa: S105 - a name; a preview has none
    path = tmp_path / "gcp-prod" / "footprint.json"
    without_a_model(path.parent)
    path.write_text(json.dumps(document))
    site = inventory.read(path)
    assert any(words in word for word in reach.command(site.hosts["app2"], site.common)), shlex.join(
        reach.command(site.hosts["app2"], site.common)
    )

"""New machines are waited for in the way that Ansible takes, and by no other host's key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra import inventory
from ops import processes
from ops.cloud import reach
from ops.cloud.aws import boot
from ops.environment import Environment
from ops.errors import OperationError
from tests.infra.aws import plans
from tests.infra.footprints import PEM
from tests.ops.cloud import outputs
from tests.ops.cloud.keys import key

NOW = "2026-11-26T01:00:00Z"
REFUSED = processes.Result(255, "", "ssh: connect to host 10.20.0.10 port 22: Connection refused")
BOOTED = processes.Result(0, "", "")


@pytest.fixture
def described(dev: Environment) -> Environment:
    """`aws-dev` with the Footprint that its stack's becomes."""
    document: dict[str, Any] = outputs.of("aws-dev") | {"generated_at": NOW}
    for host in document["hosts"]:
        host["ssh"]["host_keys"] = [key(1)]
    dev.directory.mkdir()
    (dev.directory / "footprint.json").write_text(json.dumps(document))
    dev.make_state()
    return dev


@pytest.fixture
def ssh(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """Has ssh end so, one result a call; returns the list of its calls."""

    def ends(*results: processes.Result) -> list[list[str]]:
        left, calls = list(results), []

        def run(argv: list[str], **_options: Any) -> processes.Result:
            calls.append([str(word) for word in argv])
            return left.pop(0)

        monkeypatch.setattr(processes, "run", run)
        monkeypatch.setattr(processes, "pause", lambda _seconds: None)
        return calls

    return ends


def wait(environment: Environment, clock: Callable[[], float] = lambda: 0.0) -> None:
    reach.wait(environment, lambda _text: None, clock)


def test_a_machine_that_still_boots_is_waited_for(described: Environment, ssh: Any) -> None:
    calls = ssh(REFUSED, REFUSED, BOOTED)
    wait(described)
    assert len(calls) == 3


def test_the_way_is_ansibles_and_only_the_hosts_own_key_is_taken(described: Environment, ssh: Any) -> None:
    calls = ssh(BOOTED)
    wait(described)
    (argv,) = calls
    line = " ".join(argv)
    assert "StrictHostKeyChecking=yes" in line
    assert "aws ec2-instance-connect open-tunnel --instance-id i-" in line
    assert argv[-1] == boot.BOOTED
    assert (described.state / "known_hosts").read_text() == f"solo {key(1)}\n", "the pins are there before it"


def test_complaints_of_the_first_boot_are_ansibles_to_find(described: Environment, ssh: Any) -> None:
    ssh(processes.Result(2, "", ""))
    wait(described)


def test_a_failed_first_boot_is_told(described: Environment, ssh: Any) -> None:
    ssh(processes.Result(1, "", ""))
    with pytest.raises(OperationError, match="solo: its first boot failed") as caught:
        wait(described)
    assert "cloud-init status --long" in caught.value.fix


@pytest.mark.parametrize("said", [*reach.FATAL, reach.DENIED])
def test_what_waiting_does_not_mend_ends_at_once(described: Environment, ssh: Any, said: str) -> None:
    calls = ssh(processes.Result(255, "", f"{said}.\r\n"))
    with pytest.raises(OperationError, match="can't be logged in to"):
        wait(described)
    assert len(calls) == 1


def test_patience_ends(described: Environment, ssh: Any) -> None:
    ssh(REFUSED, REFUSED)
    times = iter([0.0, 1.0, reach.PATIENCE + 1])
    with pytest.raises(OperationError, match="Connection refused"):
        wait(described, lambda: next(times))


@pytest.mark.parametrize(
    ("via", "words"),
    [("direct", "ProxyCommand=none"), ("jump", "ssh -o BatchMode=yes"), ("tunnel", "open-tunnel")],
    ids=["direct", "jump", "tunnel"],
)
def test_each_way_of_a_stack_is_one_of_the_inventorys(tmp_path: Path, via: str, words: str) -> None:
    """The program's own Footprint, through the real inventory."""
    settings: dict[str, Any] = {"ssh": via, "names": ["predict.acme.dev"]}
    if via != "tunnel":
        settings["admin_cidrs"] = ["10.99.0.0/24"]
    document = outputs.footprint(plans.changed("aws-prod", **settings)[1]) | {"generated_at": NOW}
    for number, host in enumerate(document["hosts"], 1):
        host["ssh"]["host_keys"] = [key(number)]
    document["database"] |= {"ca_pem": PEM, "port": 5432}  # Pulumi's wire has no whole numbers
    path = tmp_path / "aws-prod" / "footprint.json"
    path.parent.mkdir()
    path.write_text(json.dumps(document))
    site = inventory.read(path)
    second = reach.command(site.hosts["app2"], site.common)
    assert any(words in word for word in second)

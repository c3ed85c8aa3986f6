"""What is missing on this machine is found before anything is begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import controller, processes
from ops.environment import Environment
from ops.errors import OperationError


def test_each_missing_program_is_told_by_its_package_once(tmp_path: Path) -> None:
    (tmp_path / "ssh").touch(mode=0o755)
    needed = {"ssh": "openssh-client", "nft": "nftables", "ip": "iproute2", "bridge": "iproute2"}
    assert controller.missing(needed, str(tmp_path)) == ["iproute2", "nftables"]


def test_nothing_is_installed_for_servers_that_one_owns(yours: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller, "missing", lambda _: ["openssh-client"])
    monkeypatch.setattr(processes, "run", lambda *_, **__: pytest.fail("nothing may be run"))
    with pytest.raises(OperationError, match="lacks openssh-client"):
        controller.ensure(yours, print)


def test_what_a_rehearsal_lacks_is_installed(one: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def run(argv: list[str], **_: object) -> processes.Result:
        ran.append(" ".join(argv))
        return processes.Result(0, "", "")

    monkeypatch.setattr(controller, "missing", lambda _: ["mmdebstrap"])
    monkeypatch.setattr(controller, "_can_rehearse", lambda: None)
    monkeypatch.setattr(processes, "run", run)
    controller.ensure(one, print)
    assert [line.partition("apt-get ")[2].split()[0] for line in ran] == ["update", "install"]
    assert ran[1].endswith(" mmdebstrap")

"""The program that the tunnel goes through is asked for before anything is made and paid for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.cloud.aws import tunnel
from ops.environment import Environment
from ops.errors import OperationError
from tests.ops.cloud.conftest import write_stack


def aws(directory: Path, monkeypatch: pytest.MonkeyPatch, said: str | None) -> None:
    """A PATH whose `aws` says that of its version; None is for none."""
    directory.mkdir()
    if said is not None:
        (directory / "aws").write_text(f"#!/bin/sh\necho '{said}'\n")
        (directory / "aws").chmod(0o755)
    monkeypatch.setenv("PATH", str(directory))


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (None, "not on PATH"),
        ("aws-cli/1.29.9 Python/3.11.2 Linux/6.1 botocore/1.31", r"aws-cli/1.29.9; the tunnel came with 2.12"),
        ("aws-cli/2.9.19 Python/3.11.2", r"aws-cli/2.9.19; the tunnel came with 2.12"),
        ("", "silent"),
    ],
    ids=["none", "version 1", "Debian 12's", "broken"],
)
def test_without_it_nothing_is_done(
    dev: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str | None, cause: str
) -> None:
    aws(tmp_path / "bin", monkeypatch, said)
    with pytest.raises(OperationError, match=cause) as caught:
        tunnel.check(dev)
    assert "nothing was done" in caught.value.consequence
    assert "https://docs.aws.amazon.com/cli" in caught.value.fix
    assert "ssh: direct" in caught.value.fix, "there is a way without it"


@pytest.mark.parametrize("said", ["aws-cli/2.12.0 Python/3.11", "aws-cli/2.31.4 Python/3.13", "aws-cli/3.0.0 x"])
def test_one_that_knows_tunnels_is_taken(
    dev: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    aws(tmp_path / "bin", monkeypatch, said)
    tunnel.check(dev)


@pytest.mark.parametrize("ssh", ["direct", "jump"])
def test_other_ways_need_none(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ssh: str) -> None:
    write_stack(root, ssh=ssh, admin_cidrs=["198.18.7.0/24"])
    aws(tmp_path / "bin", monkeypatch, None)
    tunnel.check(Environment.resolve("aws-dev", root))
